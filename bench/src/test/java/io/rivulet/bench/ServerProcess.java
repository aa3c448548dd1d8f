package io.rivulet.bench;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Owned by the test's thread. A server in a process of its own that can be killed and started again
 * on the same folder and port.
 */
public final class ServerProcess implements AutoCloseable {
  private static final Duration START_TIME = Duration.ofMinutes(3);
  private static final long END_SECONDS = 60;

  /**
   * Immutable. Where a server listens.
   *
   * @param inside what is written before its command, such as what puts it into another network
   * @param isInstalled whether it is started by {@code ./rivulet}, as users do: for figures; else
   *     by this JVM's java, which can do without a build of its own
   */
  public record Place(
      String host, int grpcPort, int httpPort, List<String> inside, boolean isInstalled) {
    public Place {
      inside = List.copyOf(inside);
    }

    private static Place here() {
      return new Place("127.0.0.1", freePort(), freePort(), List.of(), false);
    }
  }

  private final Path folder;
  private final Place place;
  private final Map<String, String> environment;
  private Process process;

  private ServerProcess(Path folder, Place place, Map<String, String> environment) {
    this.folder = folder;
    this.environment = environment;
    this.place = place;
    this.process = launch();
  }

  /** Starts a server in a new folder below the system's temporary one. */
  public static ServerProcess start() {
    return start(Map.of());
  }

  /** Starts a server with settings from its environment. */
  public static ServerProcess start(Map<String, String> settings) {
    try {
      return start(Files.createTempDirectory("rivulet-server"), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server that may have to wait for others: see {@link #awaitReady}. */
  public static ServerProcess launch(Path folder, Map<String, String> settings) {
    return launch(folder, Place.here(), settings);
  }

  /** The same, at a place of the caller's choice. */
  public static ServerProcess launch(Path folder, Place place, Map<String, String> settings) {
    return new ServerProcess(folder, place, new LinkedHashMap<>(settings));
  }

  public static ServerProcess start(Path folder, Map<String, String> settings) {
    ServerProcess server = launch(folder, settings);
    server.awaitReady();
    return server;
  }

  public String endpoint() {
    return place.host() + ":" + place.grpcPort();
  }

  /** Where it speaks HTTP, host and port. */
  public String httpEndpoint() {
    return place.host() + ":" + place.httpPort();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Where HTTP is served. */
  public String http() {
    return "http://" + httpEndpoint();
  }

  /** Runs another command of the command line, in a process of its own. */
  public static Process run(Path output, List<String> words) {
    List<String> command = new ArrayList<>(java("512m"));
    command.addAll(words);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
              .start();
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(process::destroyForcibly));
      return process;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public Path data() {
    return folder.resolve("data");
  }

  /** What the server printed so far, for failure messages. */
  public String output() {
    try {
      return Files.readString(folder.resolve("server.out"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** SIGKILL: nothing is finished, nothing is flushed. */
  public void kill() {
    process.destroyForcibly();
    join();
  }

  /** SIGSTOP: it does nothing any more, and does not know it; nor does one that has ended. */
  public void pause() {
    signal("STOP");
  }

  /** SIGCONT: it goes on as if nothing had been. */
  public void goOn() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      Process signal = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
      if (signal.waitFor() != 0 && process.isAlive()) {
        throw new IllegalStateException("kill -" + name + " ended with " + signal.exitValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** SIGTERM, as an operator stops it. */
  public void stop() {
    process.destroy();
    join();
  }

  public void startAgain() {
    launchAgain();
    awaitReady();
  }

  /** The same without waiting until it takes requests. */
  public void launchAgain() {
    process = launch();
  }

  @Override
  public void close() {
    kill();
  }

  private void join() {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server does not end: " + output());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Process launch() {
    List<String> command = new ArrayList<>(place.inside());
    command.addAll(
        place.isInstalled()
            ? List.of(launcher().toString())
            : java(environment.getOrDefault("RIVULET_HEAP", "1g")));
    command.addAll(
        List.of(
            "server", "--data", data().toString(), "--grpc", endpoint(), "--http", httpEndpoint()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("server.out").toFile()));
    builder.environment().putAll(environment);
    try {
      Process launched = builder.start();
      Runtime.getRuntime()
          .addShutdownHook(Thread.ofPlatform().unstarted(launched::destroyForcibly));
      return launched;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What takes the place of ./rivulet, for a case that starts its server itself. */
  static Path command(Path folder) {
    Path script = folder.resolve("rivulet");
    String words =
        java("512m").stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" ", "#!/bin/sh\nexec ", " \"$@\"\n"));
    try {
      Files.writeString(script, words);
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
      return script;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Has {@code ./rivulet} build and practise now, if it has to, and not when a server is to start.
   */
  public static void prepareLauncher() {
    try {
      // Standard output is the way of the one who runs the tests to them.
      Process prepared =
          new ProcessBuilder(launcher().toString(), "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (prepared.waitFor() != 0) {
        throw new IllegalStateException("./rivulet --version ended with " + prepared.exitValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tests are run in their module's folder. */
  private static Path launcher() {
    return Path.of("..", "rivulet").toAbsolutePath().normalize();
  }

  private static List<String> java(String heap) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-ea",
        "-Xmx" + heap,
        "-XX:MaxDirectMemorySize=1g",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:+UseCompactObjectHeaders",
        "-XX:+UseSerialGC",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "--add-opens=java.base/java.io=ALL-UNNAMED",
        "-cp",
        classPath(),
        "io.rivulet.server.Main");
  }

  /** Without this module's own folders: its logging configuration is not the server's. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !entry.contains("bench" + File.separator + "target"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Returns when it takes requests. */
  public void awaitReady() {
    await("the server's port is open")
        .atMost(START_TIME)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          if (!process.isAlive()) {
            throw new IllegalStateException("the server ended: " + output());
          }
          return isOpen();
        });
  }

  /** Whether it takes requests now. */
  public boolean isOpen() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(place.host(), place.grpcPort()), 1000);
      return true;
    } catch (IOException e) {
      return false; // not yet
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
