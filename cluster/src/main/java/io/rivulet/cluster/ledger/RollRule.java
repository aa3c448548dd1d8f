package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerStore.Writer;
import java.time.Duration;

/**
 * Owned by the lock of {@link LedgerWriting}. Says when a ledger is to be followed by the next one:
 * when it is large or old, or when another one would be held by more nodes.
 */
final class RollRule {
  private static final Duration RETRY = Duration.ofMillis(500);

  private final LedgerLogConfig config;
  private final Surroundings around;
  private long lastNanos;
  private long nextNanos;
  private long completeSinceNanos;

  RollRule(LedgerLogConfig config, Surroundings around) {
    this.config = config;
    this.around = around;
    lastNanos = around.clock().nanos();
    nextNanos = lastNanos;
    completeSinceNanos = lastNanos;
  }

  boolean isDue(LogPart part, Writer writer) {
    long now = around.clock().nanos();
    if (!writer.isMissingNode()) {
      completeSinceNanos = now;
    }
    if (now - nextNanos < 0) {
      return false;
    }
    boolean isPoor =
        writer.copies() < Math.min(LedgerStore.COPIES, around.ledgers().writableNodes())
            || now - completeSinceNanos >= config.nodePatience().toNanos();
    return part.sizeBytes() >= config.rollBytes()
        || (isPoor && now - lastNanos >= config.nodePatience().toNanos())
        || (!part.isEmpty() && ageMillis(part) >= config.rollAge().toMillis());
  }

  /** It is being tried. */
  void begun() {
    lastNanos = around.clock().nanos();
  }

  void failed() {
    nextNanos = around.clock().nanos() + RETRY.toNanos();
  }

  /** Another ledger is being written now. */
  void switched() {
    around.counters().ledgers.increment();
    completeSinceNanos = around.clock().nanos();
  }

  private long ageMillis(LogPart part) {
    return around.clock().wallMillis() - part.firstAppendMillis();
  }
}
