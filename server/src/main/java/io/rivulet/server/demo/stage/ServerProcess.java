package io.rivulet.server.demo.stage;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread at a time. A server as a process of its own, started by the same Java, with
 * the same class path and JVM options as this one.
 */
public final class ServerProcess implements AutoCloseable {
  private static final String MAIN = "io.rivulet.server.Main";
  private static final String READY = "ready in ";
  private static final Duration STOP_TIME = Duration.ofSeconds(10);
  private static final int LINES_KEPT = 20;

  private final Path folder;
  private final int grpcPort;
  private final int httpPort;
  private final List<String> settings;
  private volatile @Nullable Process process;
  private volatile boolean isClosed;

  private ServerProcess(Path folder, int grpcPort, int httpPort, List<String> settings) {
    this.settings = List.copyOf(settings);
    this.folder = folder;
    this.grpcPort = grpcPort;
    this.httpPort = httpPort;
  }

  /**
   * A server with its data in this folder, on free ports; not started yet.
   *
   * @param settings each {@code NAME=VALUE}
   */
  static ServerProcess in(Path folder, List<String> settings) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket grpc = new ServerSocket(0, 1, loopback);
        ServerSocket http = new ServerSocket(0, 1, loopback)) {
      return new ServerProcess(folder, grpc.getLocalPort(), http.getLocalPort(), settings);
    }
  }

  public String endpoint() {
    return "127.0.0.1:" + grpcPort;
  }

  /** The HTTP port's address, without a path. */
  public String httpUrl() {
    return "http://127.0.0.1:" + httpPort;
  }

  public long pid() {
    Process current = process;
    return current == null ? -1 : current.pid();
  }

  /** Starts it and returns once it takes requests. */
  public void start() throws IOException, DemoFailure {
    Process started = new ProcessBuilder(command()).redirectErrorStream(true).start();
    process = started;
    if (isClosed) {
      started.destroyForcibly();
    }
    BufferedReader lines = started.inputReader();
    Deque<String> last = new ArrayDeque<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.contains(READY)) {
        Thread.ofVirtual().name("rivulet-demo-server-output").start(() -> drain(lines));
        return;
      }
      last.add(line);
      if (last.size() > LINES_KEPT) {
        last.remove();
      }
    }
    throw new DemoFailure("the server did not start:\n  " + String.join("\n  ", last));
  }

  /** Waits until the process that was started last has gone, for whatever reason. */
  public void awaitEnd() throws InterruptedException {
    Process current = process;
    if (current != null) {
      int _ = current.waitFor();
    }
  }

  /** Whether it has ended because it was to end. */
  public boolean isClosed() {
    return isClosed;
  }

  /** SIGKILL: no goodbye, no clean-up, nothing flushed. */
  public void kill() throws InterruptedException {
    Process current = process;
    if (current != null) {
      current.destroyForcibly().waitFor();
    }
  }

  /** SIGTERM, and SIGKILL if that takes too long. */
  @Override
  public void close() {
    isClosed = true;
    Process current = process;
    if (current == null || !current.isAlive()) {
      return;
    }
    current.destroy();
    try {
      if (!current.waitFor(STOP_TIME.toSeconds(), TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      current.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Memory, garbage collector, access and start-up cache; not agents and debuggers.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("-X") || argument.startsWith("--"))
        .filter(argument -> !argument.startsWith("-XX:AOTCacheOutput"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "server"));
    command.addAll(List.of("--data", folder.toString(), "--grpc", endpoint()));
    command.addAll(List.of("--http", "127.0.0.1:" + httpPort));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    return command;
  }

  /** A full pipe would stop the server. */
  private static void drain(BufferedReader lines) {
    try (lines) {
      while (lines.readLine() != null) {
        // Nobody reads a demo's server log.
      }
    } catch (IOException ended) {
      // The process has gone.
    }
  }
}
