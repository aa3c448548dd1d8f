package io.rivulet.cluster.ledger;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.bookkeeper.client.BookKeeperClientStats;
import org.apache.bookkeeper.stats.Counter;
import org.apache.bookkeeper.stats.NullStatsLogger;
import org.apache.bookkeeper.stats.OpStatsData;
import org.apache.bookkeeper.stats.OpStatsLogger;
import org.apache.bookkeeper.stats.StatsLogger;

/**
 * Safe for all threads: one atomic number. Counts how often a storage node has failed to take an
 * entry. BookKeeper tells nobody as long as enough others took it, but its figures do.
 */
final class AddFailures extends NullStatsLogger {
  private static final Set<String> COUNTERS =
      Set.of(
          BookKeeperClientStats.ADD_OP_UR,
          BookKeeperClientStats.FAILED_CONNECTION_COUNTER,
          BookKeeperClientStats.NETTY_EXCEPTION_CNT);

  private final AtomicLong count = new AtomicLong();
  private final Counter counter = new CountingCounter();
  private final OpStatsLogger operations = new CountingOperations();

  long count() {
    return count.get();
  }

  @Override
  public OpStatsLogger getOpStatsLogger(String name) {
    return name.equals(BookKeeperClientStats.CHANNEL_ADD_OP)
        ? operations
        : super.getOpStatsLogger(name);
  }

  @Override
  public Counter getCounter(String name) {
    return COUNTERS.contains(name) ? counter : super.getCounter(name);
  }

  @Override
  public StatsLogger scope(String name) {
    return this;
  }

  @Override
  public StatsLogger scopeLabel(String name, String value) {
    return this;
  }

  /** Safe for all threads. What is counted here never goes down. */
  private final class CountingCounter implements Counter {
    @Override
    public void inc() {
      count.incrementAndGet();
    }

    @Override
    public void addCount(long delta) {
      count.addAndGet(Math.max(0, delta));
    }

    @Override
    public void clear() {}

    @Override
    public void dec() {}

    @Override
    public void addLatency(long eventLatency, TimeUnit unit) {}

    @Override
    public Long get() {
      return count.get();
    }
  }

  /** Safe for all threads. */
  private final class CountingOperations implements OpStatsLogger {
    @Override
    public void registerFailedEvent(long eventLatency, TimeUnit unit) {
      count.incrementAndGet();
    }

    @Override
    public void registerFailedValue(long value) {
      count.incrementAndGet();
    }

    @Override
    public void registerSuccessfulEvent(long eventLatency, TimeUnit unit) {}

    @Override
    public void registerSuccessfulValue(long value) {}

    @Override
    public OpStatsData toOpStatsData() {
      return new OpStatsData(0, 0, 0, new long[6]);
    }

    @Override
    public void clear() {}
  }
}
