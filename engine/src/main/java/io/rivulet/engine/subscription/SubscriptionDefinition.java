package io.rivulet.engine.subscription;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. What a subscription was made as.
 *
 * @param streams followed by name, beside those of the pattern
 * @param leaseTtl for how long a woken subscriber is given before somebody is woken anew, 1 s to 10
 *     min
 */
public record SubscriptionDefinition(
    WakeBy wakeBy,
    Optional<StreamPattern> pattern,
    List<StreamPath> streams,
    Duration leaseTtl,
    String description) {
  public static final Duration MIN_LEASE_TTL = Duration.ofSeconds(1);
  public static final Duration MAX_LEASE_TTL = Duration.ofMinutes(10);

  public SubscriptionDefinition {
    streams = List.copyOf(streams);
  }

  /** The same with other streams. */
  public SubscriptionDefinition with(List<StreamPath> others) {
    return new SubscriptionDefinition(wakeBy, pattern, others, leaseTtl, description);
  }
}
