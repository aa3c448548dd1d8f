package io.rivulet.client;

import java.time.Duration;
import java.time.Instant;

/** Immutable. Writes times as rivulet.v1 has them. */
final class WireTimes {
  private WireTimes() {}

  static com.google.protobuf.Duration write(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  static Instant instant(com.google.protobuf.Timestamp time) {
    return Instant.ofEpochSecond(time.getSeconds(), time.getNanos());
  }
}
