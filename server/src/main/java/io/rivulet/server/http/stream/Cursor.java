package io.rivulet.server.http.stream;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. What changes in the URL of each live read, so that no cache answers the same for ever:
 * the number of the interval of 20 s (Durable Streams 1.0, section 8.1).
 */
final class Cursor {
  private static final long INTERVAL_MILLIS = 20_000;

  /** 2024-10-09T00:00:00Z. */
  private static final long EPOCH_MILLIS = 1_728_432_000_000L;

  private static final int MAX_JITTER_SECONDS = 3600;

  private Cursor() {}

  /**
   * The cursor of an answer.
   *
   * @param before what the reader got last; absent or no number: nothing
   */
  static String next(@Nullable String before, long wallMillis, RandomGenerator random) {
    long now = (wallMillis - EPOCH_MILLIS) / INTERVAL_MILLIS;
    long last = numberOf(before);
    if (last < now) {
      return Long.toString(now);
    }
    long jitterMillis = 1000L * (1 + random.nextInt(MAX_JITTER_SECONDS));
    return Long.toString(last + Math.max(1, jitterMillis / INTERVAL_MILLIS));
  }

  private static long numberOf(@Nullable String text) {
    try {
      return text == null || text.length() > 15 ? -1 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
