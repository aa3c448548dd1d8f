package io.rivulet.server.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.testkit.node.NodeFolder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
    Vitest.Report report = run("conformance.test.js");

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(CONFORMANCE_TESTS);
  }

  @Test
  void theProtocolsOwnClientWorks() throws Exception {
    Vitest.Report report = run("client.test.js");

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(3);
  }

  private static Vitest.Report run(String file) throws Exception {
    return Vitest.run(
        NODE,
        folder,
        file,
        Map.of(
            "STREAMS_URL",
            "http://127.0.0.1:" + server.httpPort(),
            "STREAMS_SUBSCRIPTIONS",
            "true"));
  }
}
