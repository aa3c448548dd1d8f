package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.DelayBounds;
import io.rivulet.engine.time.ShardClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Which messages wait for their time, and which would wait too long or
 * be too many.
 *
 * <p>What waits is never taken by retention: it is carried forward ({@link Parking}). So at most
 * half of the log may wait where the log's size is bounded, else carrying would never come to an
 * end.
 */
final class DelayGuard {
  private static final Duration TRY_AGAIN = Duration.ofSeconds(10);

  private final DelayBounds bounds;
  private final long maxBytes;
  private final Parked parked;
  private final ShardClock clock;

  DelayGuard(EngineConfig config, ShardState state) {
    bounds = config.delays();
    maxBytes = config.retentionBytes() == 0 ? Long.MAX_VALUE : config.retentionBytes() / 2;
    parked = state.fold().parked();
    clock = state.clock();
  }

  /** Whether the message waits for its time; what is past is now. */
  boolean isAhead(Draft draft) {
    return draft.deliverAtMillis() > clock.wallMillis();
  }

  /** Why a message may not wait for its time; null if it may, or need not. */
  @Nullable Refusal refusal(Draft draft) {
    long ahead = draft.deliverAtMillis() - clock.wallMillis();
    if (ahead <= 0) {
      return null;
    }
    if (ahead > bounds.maxDelay().toMillis()) {
      return new Refusal(
          RefusalCode.ILLEGAL_DELIVERY_TIME,
          "the delivery time %s is %s from now, and engine.max-delay allows %s"
              .formatted(
                  Instant.ofEpochMilli(draft.deliverAtMillis()),
                  Duration.ofMillis(ahead),
                  bounds.maxDelay()));
    }
    if (parked.total() >= bounds.maxParkedMessages()) {
      return tooMany(
          "%d messages wait for their delivery time already, and engine.max-parked-messages allows %d"
              .formatted(parked.total(), bounds.maxParkedMessages()));
    }
    if (parked.totalBytes() + draft.sizeBytes() > maxBytes) {
      return tooMany(
          ("messages of %d bytes wait for their delivery time already; with this one of %d it would be"
                  + " more than half of engine.retention-bytes")
              .formatted(parked.totalBytes(), draft.sizeBytes()));
    }
    return null;
  }

  private static Refusal tooMany(String what) {
    return new Refusal(
        RefusalCode.TOO_MANY_REQUESTS,
        what + ": try again when some were delivered",
        Optional.of(TRY_AGAIN));
  }
}
