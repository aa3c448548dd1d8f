package io.rivulet.bench;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Immutable. Where the official Java client is. It is shaded around its own copy of the protocol's
 * classes, so it never runs on our class path but in a process of its own.
 */
public final class OfficialClassPath {
  private static final String LIST = "official-class-path.txt";

  private OfficialClassPath() {}

  /**
   * The command line that runs a main class of the module {@code official-java}.
   *
   * @param home a folder of its own for what the client writes (its logs go to the user's home)
   */
  public static List<String> java(String mainClass, Path home, String... jvmOptions) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(jvmOptions));
    command.addAll(
        List.of(
            "-Duser.home=" + home,
            "-XX:+UseCompactObjectHeaders",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            classPath(),
            mainClass));
    return command;
  }

  private static String classPath() {
    ClassLoader loader = OfficialClassPath.class.getClassLoader();
    try (InputStream list = loader.getResourceAsStream(LIST)) {
      if (list == null) {
        throw new IllegalStateException(
            LIST + " is missing; build the module bench/official-java first");
      }
      String libraries = new String(list.readAllBytes(), StandardCharsets.UTF_8).strip();
      Class<?> any = Class.forName("io.rivulet.bench.official.DriverMain", false, loader);
      Path classes = Path.of(any.getProtectionDomain().getCodeSource().getLocation().toURI());
      return classes + File.pathSeparator + libraries;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException | URISyntaxException e) {
      throw new IllegalStateException("the module bench/official-java is not on the class path", e);
    }
  }
}
