package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Immutable. Tries something until it succeeds, nobody wants it any more, or there is no hope: that
 * is when what it needs is gone, or when it goes on failing although enough storage nodes run.
 */
final class Attempts {
  /** A limit for what is tried as long as it is wanted. */
  static final Duration NO_LIMIT = Duration.ofDays(1000);

  private static final Duration PAUSE = Duration.ofMillis(500);

  private final Surroundings around;
  private final long sinceNanos;
  private final Duration limit;
  private final BooleanSupplier isWanted;

  /**
   * Begins.
   *
   * @param limit how long it may fail while enough nodes run; as long as they don't, for ever
   */
  Attempts(Surroundings around, Duration limit, BooleanSupplier isWanted) {
    this.around = around;
    this.limit = limit;
    this.isWanted = isWanted;
    sinceNanos = around.clock().nanos();
  }

  <T> CompletableFuture<T> untilDone(Duration delay, Supplier<CompletableFuture<T>> attempt) {
    CompletableFuture<T> done = new CompletableFuture<>();
    if (delay.isZero()) {
      begin(attempt, done);
    } else {
      around.timer().after(delay, () -> begin(attempt, done));
    }
    return done;
  }

  private <T> void begin(Supplier<CompletableFuture<T>> attempt, CompletableFuture<T> done) {
    if (!isWanted.getAsBoolean()) {
      done.completeExceptionally(new LedgerException(Reason.UNAVAILABLE, "given up"));
      return;
    }
    var _ =
        attempt
            .get()
            .whenComplete((result, failure) -> {
              if (failure == null) {
                done.complete(result);
              } else if (isHopeless(LedgerException.of(failure))) {
                done.completeExceptionally(failure);
              } else {
                around.timer().after(PAUSE, () -> begin(attempt, done));
              }
            });
  }

  private boolean isHopeless(LedgerException failure) {
    return failure.reason() == Reason.NOT_FOUND
        || (around.clock().nanos() - sinceNanos > limit.toNanos()
            && around.ledgers().writableNodes() >= 2);
  }
}
