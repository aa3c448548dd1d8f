package io.rivulet.engine.group;

import java.time.Duration;
import java.util.List;

/**
 * Immutable. Waits between delivery attempts: the n-th redelivery waits {@code steps[n-1]}, the
 * last step for all later ones.
 */
public record Backoff(List<Duration> steps) {
  public Backoff {
    if (steps.isEmpty() || steps.size() > 64 || steps.stream().anyMatch(Duration::isNegative)) {
      throw new IllegalArgumentException("a backoff has 1 to 64 steps, none negative: " + steps);
    }
    steps = List.copyOf(steps);
  }

  /** The protocol's usual steps: 1 s to 2 h. */
  public static Backoff standard() {
    return new Backoff(
        List.of(
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            Duration.ofMinutes(2),
            Duration.ofMinutes(3),
            Duration.ofMinutes(4),
            Duration.ofMinutes(5),
            Duration.ofMinutes(6),
            Duration.ofMinutes(7),
            Duration.ofMinutes(8),
            Duration.ofMinutes(9),
            Duration.ofMinutes(10),
            Duration.ofMinutes(20),
            Duration.ofMinutes(30),
            Duration.ofHours(1),
            Duration.ofHours(2)));
  }

  /**
   * The wait before the next attempt.
   *
   * @param attempt the attempt that failed, from 1
   */
  public Duration after(int attempt) {
    return steps.get(Math.clamp(attempt - 1L, 0, steps.size() - 1));
  }
}
