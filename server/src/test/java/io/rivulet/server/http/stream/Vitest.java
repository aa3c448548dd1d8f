package io.rivulet.server.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.testkit.node.NodeFolder;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs files of tests that are written for Node, by the test runner Vitest. */
final class Vitest {
  /**
   * Immutable. How the tests of a file ended.
   *
   * @param failures the names of those that failed, and why
   */
  record Report(int passed, List<String> failures) {}

  private Vitest() {}

  /** Skips the test where there is no Node, as the folder says. */
  static Report run(NodeFolder node, Path folder, String file, Map<String, String> environment)
      throws Exception {
    File result = folder.resolve(file + ".json").toFile();
    Path output = folder.resolve(file + ".out");
    ProcessBuilder program =
        node.program("vitest", "run", file, "--reporter=json", "--outputFile=" + result);
    program.environment().putAll(environment);
    Process process = program.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(240, TimeUnit.SECONDS)).as("the tests end").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(result).as(Files.readString(output)).exists();
    JsonNode report = JsonMapper.shared().readTree(result);
    List<String> failures = new ArrayList<>();
    for (JsonNode each : report.get("testResults")) {
      for (JsonNode test : each.get("assertionResults")) {
        if (test.get("status").asString().equals("failed")) {
          failures.add(test.get("fullName").asString() + ": " + test.get("failureMessages"));
        }
      }
    }
    if (failures.isEmpty() && process.exitValue() != 0) {
      failures.add(Files.readString(output)); // such as an error that no test has caught
    }
    return new Report(report.get("numPassedTests").asInt(), failures);
  }
}
