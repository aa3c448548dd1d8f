package io.rivulet.server.cli;

import io.rivulet.server.config.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Immutable. Times between command line, wire and screen. */
final class Times {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  private Times() {}

  /** A TTL option: a time, or empty for the word 'default'. */
  static Optional<Duration> ttl(String text) {
    return text.equals("default")
        ? Optional.empty()
        : Optional.of(new StartText.DurationConverter().convert(text));
  }

  static com.google.protobuf.Duration toWire(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static String text(com.google.protobuf.Duration duration) {
    return DurationText.print(Duration.ofSeconds(duration.getSeconds(), duration.getNanos()));
  }

  static String text(long epochMillis) {
    return epochMillis == 0 ? "-" : FORMAT.format(Instant.ofEpochMilli(epochMillis));
  }
}
