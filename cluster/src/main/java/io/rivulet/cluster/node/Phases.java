package io.rivulet.cluster.node;

import io.rivulet.engine.time.Clock;
import java.util.StringJoiner;

/** Owned by one thread. How long each part of something took, for the log. */
final class Phases {
  private final Clock clock;
  private final long startNanos;
  private final StringJoiner parts = new StringJoiner(", ");
  private long lastNanos;

  Phases(Clock clock) {
    this.clock = clock;
    startNanos = clock.nanos();
    lastNanos = startNanos;
  }

  /** What was done since the last call, or since the beginning. */
  void done(String what) {
    long now = clock.nanos();
    parts.add(what + " " + (now - lastNanos) / 1_000_000);
    lastNanos = now;
  }

  /** Milliseconds in all, and of each part. */
  @Override
  public String toString() {
    return "%d ms (%s)".formatted((clock.nanos() - startNanos) / 1_000_000, parts);
  }
}
