package io.rivulet.bench.sessions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the main thread. A process that listens on a port, its output in a file; it ends with
 * this program.
 */
final class ServerProcess implements AutoCloseable {
  private static final Duration START_PATIENCE = Duration.ofMinutes(5);
  private static final Duration END_PATIENCE = Duration.ofSeconds(30);
  private static final long PAUSE_NANOS = 5_000_000;
  private static final int OUTPUT_LINES = 10;

  /** Below the ports that the kernel gives to outgoing connections. */
  private static final int FIRST_PORT = 10_000;

  private static final int PORTS = 20_000;

  private final List<String> command;
  private final Map<String, String> environment;
  private final Path output;
  private @Nullable Process process;

  /**
   * Makes it; nothing runs yet.
   *
   * @param output where it writes to
   */
  ServerProcess(List<String> command, Map<String, String> environment, Path output) {
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
    this.output = output;
  }

  static int freePort() {
    Random random = new Random();
    while (true) {
      int port = FIRST_PORT + random.nextInt(PORTS);
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return port;
      } catch (IOException taken) {
        // another one
      }
    }
  }

  /** Whether somebody listens there. */
  static boolean isOpen(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Starts it and waits until it is ready. */
  void start(BooleanSupplier isReady) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    builder.environment().putAll(environment);
    Process started;
    try {
      started = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("can't start " + command.getFirst(), e);
    }
    process = started;
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(started::destroyForcibly));
    long deadline = System.nanoTime() + START_PATIENCE.toNanos();
    while (!isReady.getAsBoolean()) {
      if (!started.isAlive()) {
        throw new IllegalStateException(command.getFirst() + " has ended: " + lastWords());
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "%s is not ready after %d s: %s"
                .formatted(command.getFirst(), START_PATIENCE.toSeconds(), lastWords()));
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private String lastWords() {
    try {
      List<String> lines = Files.readAllLines(output);
      return String.join(
          "\n", lines.subList(Math.max(0, lines.size() - OUTPUT_LINES), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  long pid() {
    Process running = process;
    if (running == null) {
      throw new IllegalStateException(command.getFirst() + " was not started");
    }
    return running.pid();
  }

  void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      awaitEnd(running);
    }
  }

  private void awaitEnd(Process running) {
    try {
      if (!running.waitFor(END_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(command.getFirst() + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
