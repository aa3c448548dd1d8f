package io.rivulet.bench.readers;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/** Owned by one event loop, or by who has made it to add others up. What readers have received. */
public final class Figures {
  private static final long HIGHEST_NANOS = Duration.ofMinutes(10).toNanos();

  private final Histogram latencyNanos = new Histogram(HIGHEST_NANOS, 3);
  private long received;
  private long measured;
  private long duplicates;
  private long gaps;
  private long missing;

  void received(long dueNanos, boolean isMeasured) {
    received++;
    if (isMeasured) {
      measured++;
      latencyNanos.recordValue(Math.clamp(System.nanoTime() - dueNanos, 0, HIGHEST_NANOS));
    }
  }

  void takenBack(int messages) {
    received -= messages;
  }

  void duplicate() {
    duplicates++;
  }

  void gap() {
    gaps++;
  }

  /** A reader has so many less than there are. */
  void missing(long messages) {
    missing += messages;
  }

  void add(Figures other) {
    latencyNanos.add(other.latencyNanos);
    received += other.received;
    measured += other.measured;
    duplicates += other.duplicates;
    gaps += other.gaps;
    missing += other.missing;
  }

  /** From when a message was due until its reader had it; only of those that are measured. */
  public Histogram latencyNanos() {
    return latencyNanos;
  }

  /** Each once. */
  public long received() {
    return received;
  }

  /** Those of the window. */
  public long measured() {
    return measured;
  }

  /** Came although the reader had it. */
  public long duplicates() {
    return duplicates;
  }

  /** How often a message came although the reader did not have the one before. */
  public long gaps() {
    return gaps;
  }

  /** Were written and not received, a sum over the readers. */
  public long missing() {
    return missing;
  }
}
