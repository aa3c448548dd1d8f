package io.rivulet.server.rocketmq.time;

import com.google.protobuf.Timestamp;
import java.time.Duration;

/** Immutable. From the protocol's times to Java's and back. */
public final class ProtocolTimes {
  /** No client means more than that; bounded so that sums and conversions can't overflow. */
  private static final long MAX_SECONDS = Duration.ofDays(36_500).toSeconds();

  private static final int MAX_NANOS = 999_999_999;

  private ProtocolTimes() {}

  /** The duration; one out of every range as the largest or smallest in it. */
  public static Duration duration(com.google.protobuf.Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = duration.getNanos();
    return Duration.ofSeconds(
        Math.clamp(seconds, -MAX_SECONDS, MAX_SECONDS), Math.clamp(nanos, -MAX_NANOS, MAX_NANOS));
  }

  public static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** Milliseconds since the epoch. */
  public static long epochMillis(Timestamp timestamp) {
    long seconds = timestamp.getSeconds();
    int nanos = timestamp.getNanos();
    return Math.clamp(seconds, -MAX_SECONDS, MAX_SECONDS) * 1000 + nanos / 1_000_000;
  }

  public static Timestamp timestamp(long epochMillis) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(epochMillis, 1000))
        .setNanos(Math.floorMod(epochMillis, 1000) * 1_000_000)
        .build();
  }
}
