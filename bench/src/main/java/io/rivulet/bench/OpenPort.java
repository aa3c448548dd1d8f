package io.rivulet.bench;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Immutable. Waits for a server to listen: a client would wait a second between two attempts. */
final class OpenPort {
  private static final long PAUSE_NANOS = 5_000_000;

  private OpenPort() {}

  static void await(String endpoint, Duration patience) {
    String[] parts = endpoint.split(":", 2);
    long deadline = System.nanoTime() + patience.toNanos();
    while (System.nanoTime() < deadline) {
      try (Socket _ = new Socket(parts[0], Integer.parseInt(parts[1]))) {
        return;
      } catch (IOException notYet) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
    throw new IllegalStateException("nothing listens at " + endpoint);
  }
}
