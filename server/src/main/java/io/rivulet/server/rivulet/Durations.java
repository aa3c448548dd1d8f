package io.rivulet.server.rivulet;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.util.Optional;

/** Immutable. Reads and writes times on the wire. */
final class Durations {
  private static final long MAX_SECONDS = Duration.ofDays(36_500).toSeconds();

  private Durations() {}

  /** A duration of 0 to 100 years. */
  static Outcome<Duration> read(String field, com.google.protobuf.Duration duration) {
    boolean isInRange =
        duration.getSeconds() >= 0
            && duration.getSeconds() <= MAX_SECONDS
            && duration.getNanos() >= 0
            && duration.getNanos() < 1_000_000_000;
    return isInRange
        ? Outcome.ok(Duration.ofSeconds(duration.getSeconds(), duration.getNanos()))
        : Outcome.refused(
            RefusalCode.ILLEGAL_ARGUMENT,
            field + " is 0 s to 100 years, not " + duration.getSeconds() + " s");
  }

  static Outcome<Optional<Duration>> read(
      String field, boolean isPresent, com.google.protobuf.Duration duration) {
    return isPresent ? read(field, duration).map(Optional::of) : Outcome.ok(Optional.empty());
  }

  static com.google.protobuf.Duration write(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }
}
