package io.rivulet.testkit.machine;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Immutable. Something that a test cannot do without: where it is missing the test is skipped,
 * loudly; or fails where all tests are required (RIVULET_REQUIRE_ALL_TESTS=1).
 *
 * @param what what can't be tested without it, for people
 */
public record Requirement(String what) {
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  /**
   * Goes on only if it is there.
   *
   * @param otherwise what is missing and how to get it, for people
   */
  public void holds(boolean isThere, String otherwise) {
    if (isThere) {
      return;
    }
    String text = "Tests of " + what + " are SKIPPED: " + otherwise;
    if ("1".equals(System.getenv("RIVULET_REQUIRE_ALL_TESTS"))) {
      Assertions.fail(text + " (RIVULET_REQUIRE_ALL_TESTS=1, so this is a failure)");
    }
    if (SAID.add(text)) {
      System.err.println("\n*** " + text + "\n");
    }
    Assumptions.abort(text);
  }

  /**
   * A program on the PATH.
   *
   * @param advice how to get it, for people
   */
  public Path program(String program, String advice) {
    Optional<Path> found = onPath(program);
    holds(found.isPresent(), "there is no " + program + " on the PATH; " + advice);
    return found.orElseThrow();
  }

  private static Optional<Path> onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
