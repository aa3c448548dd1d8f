package io.rivulet.server.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.testkit.node.NodeFolder;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The protocol's own conformance suite and client, unmodified, against a real server. */
@Timeout(300)
final class DurableStreamsTest {
  private static final NodeFolder NODE =
      new NodeFolder(Path.of("src", "test", "node"), "server", "Durable Streams");

  /** All of version 0.3.6. */
  private static final int CONFORMANCE_TESTS = 338;

  @TempDir private static Path folder;
  private static RivuletServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        RivuletServer.start(
            ServerConfig.embedded(folder.resolve("data"), Map.of("http.long-poll-time", "1s")));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void theConformanceSuitePasses() throws Exception {
    Report report = run("conformance.test.js");

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(CONFORMANCE_TESTS);
  }

  @Test
  void theProtocolsOwnClientWorks() throws Exception {
    Report report = run("client.test.js");

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(3);
  }

  private record Report(int passed, List<String> failures) {}

  private static Report run(String file) throws Exception {
    File result = folder.resolve(file + ".json").toFile();
    File output = folder.resolve(file + ".out").toFile();
    ProcessBuilder program =
        NODE.program("vitest", "run", file, "--reporter=json", "--outputFile=" + result);
    program.environment().put("STREAMS_URL", "http://127.0.0.1:" + server.httpPort());
    program.environment().put("STREAMS_SUBSCRIPTIONS", "true");
    Process process = program.redirectErrorStream(true).redirectOutput(output).start();
    try {
      assertThat(process.waitFor(240, TimeUnit.SECONDS)).as("the suite ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    JsonNode report = JsonMapper.shared().readTree(result);
    List<String> failures = new ArrayList<>();
    for (JsonNode each : report.get("testResults")) {
      for (JsonNode test : each.get("assertionResults")) {
        if (test.get("status").asString().equals("failed")) {
          failures.add(test.get("fullName").asString() + ": " + test.get("failureMessages"));
        }
      }
    }
    return new Report(report.get("numPassedTests").asInt(), failures);
  }
}
