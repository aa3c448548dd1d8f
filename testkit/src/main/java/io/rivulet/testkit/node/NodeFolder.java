package io.rivulet.testkit.node;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * Immutable. A folder with programs for Node and the libraries that they need, of the module that
 * is being tested.
 *
 * @param path relative to the module
 * @param module the module's folder, for the advice how to get the libraries
 * @param what what can't be tested without them, for people
 */
public record NodeFolder(Path path, String module, String what) {
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  /**
   * A program that is started in the folder. Without Node or the libraries the test is skipped,
   * loudly; or fails where all tests are required (RIVULET_REQUIRE_ALL_TESTS=1).
   */
  public ProcessBuilder program(String program, String... arguments) {
    require(
        onPath("node").isPresent(), "there is no node program on the PATH (20 or newer is needed)");
    require(
        Files.isDirectory(path.resolve("node_modules")),
        "the libraries are missing; run: npm ci --prefix " + module + "/" + path);
    List<String> command = new ArrayList<>();
    Path installed = path.resolve("node_modules").resolve(".bin").resolve(program);
    command.add(Files.exists(installed) ? installed.toAbsolutePath().toString() : program);
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(path.toFile());
  }

  /**
   * Another program that the tests need; without it they are skipped in the same way.
   *
   * @param advice how to get it, for people
   * @return the program's path
   */
  public Path also(String program, String advice) {
    Optional<Path> found = onPath(program);
    require(found.isPresent(), "there is no " + program + " on the PATH; " + advice);
    return found.orElseThrow();
  }

  private void require(boolean isThere, String otherwise) {
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

  private static Optional<Path> onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, program))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
