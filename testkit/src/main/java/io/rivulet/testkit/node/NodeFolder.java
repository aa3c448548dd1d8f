package io.rivulet.testkit.node;

import io.rivulet.testkit.machine.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Immutable. A folder with programs for Node and the libraries that they need, of the module that
 * is being tested.
 *
 * @param path relative to the module
 * @param module the module's folder, for the advice how to get the libraries
 * @param what what can't be tested without them, for people
 */
public record NodeFolder(Path path, String module, String what) {
  /**
   * A program that is started in the folder. Without Node or the libraries the test is skipped,
   * loudly; or fails where all tests are required (RIVULET_REQUIRE_ALL_TESTS=1).
   */
  public ProcessBuilder program(String program, String... arguments) {
    var _ = also("node", "20 or newer is needed");
    new Requirement(what)
        .holds(
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
    return new Requirement(what).program(program, advice);
  }
}
