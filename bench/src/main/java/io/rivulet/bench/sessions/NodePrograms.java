package io.rivulet.bench.sessions;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Immutable. The peers that are programs for Node.
 *
 * @param folder where they and their libraries are
 */
public record NodePrograms(Path folder) {
  /** The command that starts one; fails with what is to be installed. */
  List<String> command(String program, String... arguments) {
    String node = program("node", "install Node 20 or newer");
    if (!Files.isDirectory(folder.resolve("node_modules"))) {
      throw new IllegalStateException(
          "the peers' libraries are missing; run: npm ci --prefix " + folder);
    }
    List<String> command = new ArrayList<>();
    command.add(node);
    command.add(folder.resolve(program).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** A program on the PATH; fails with the advice. */
  static String program(String name, String advice) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("there is no " + name + " on the PATH; " + advice))
        .toString();
  }
}
