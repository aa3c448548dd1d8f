package io.rivulet.cluster.ledger;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * Immutable. What the logs of all shards of a node share.
 *
 * @param refills let one log at a time bring its ledgers back to full replication
 * @param waiting how the calls of the log wait that may block; a simulation lets time pass instead
 * @param counters of what these logs do, for metrics
 */
public record Surroundings(
    LedgerStore ledgers,
    ShardRecords records,
    Timer timer,
    Clock clock,
    Semaphore refills,
    Waiting waiting,
    LogCounters counters) {

  /** Lets the calling thread wait. */
  @FunctionalInterface
  public interface Waiting {
    /** Returns when the future is complete, well or not. */
    void until(CompletableFuture<?> future);

    /** Really waits. */
    static Waiting blocking() {
      return future -> {
        var _ = future.handle((_, _) -> true).join();
      };
    }
  }

  /** With counters of their own. */
  public Surroundings(
      LedgerStore ledgers,
      ShardRecords records,
      Timer timer,
      Clock clock,
      Semaphore refills,
      Waiting waiting) {
    this(ledgers, records, timer, clock, refills, waiting, new LogCounters());
  }

  /** With threads that really wait. */
  public Surroundings(LedgerStore ledgers, ShardRecords records, Timer timer, Clock clock) {
    this(ledgers, records, timer, clock, new Semaphore(1), Waiting.blocking());
  }
}
