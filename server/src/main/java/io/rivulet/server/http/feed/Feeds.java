package io.rivulet.server.http.feed;

import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads. All that readers of events follow. */
public final class Feeds {
  private static final long LEAST_PAUSE_MILLIS = 100;
  private static final long MOST_PAUSE_MILLIS = 500;

  private final FeedConfig config;
  private final Clock clock;
  private final ConcurrentMap<SessionSource.Key, Feed> feeds = new ConcurrentHashMap<>();
  private final ThreadLocal<FeedLoop> loops;
  private final AtomicInteger readers = new AtomicInteger();
  private final AtomicInteger paused = new AtomicInteger();
  private final LongAdder refused = new LongAdder();
  private final LongAdder cutOff = new LongAdder();
  private final LongAdder pages = new LongAdder();
  private final LongAdder deliveries = new LongAdder();

  public Feeds(FeedConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    loops =
        ThreadLocal.withInitial(() ->
            new FeedLoop(
                Objects.requireNonNull(Vertx.currentContext(), "not on an event loop"),
                config.catchUpsPerLoop()));
  }

  /** That of the event loop that asks. */
  FeedLoop loop() {
    return loops.get();
  }

  Clock clock() {
    return clock;
  }

  FeedConfig config() {
    return config;
  }

  /** Whether it is worth another try. */
  static boolean passes(Refusal refusal) {
    return refusal.code() == RefusalCode.TOO_MANY_REQUESTS
        || refusal.code() == RefusalCode.UNAVAILABLE;
  }

  /** When such a try is made. */
  static long pauseMillis() {
    return ThreadLocalRandom.current().nextLong(LEAST_PAUSE_MILLIS, MOST_PAUSE_MILLIS);
  }

  /** Whether there is room for one more reader; {@link #left} gives it back. */
  boolean enter() {
    if (readers.incrementAndGet() <= config.maxReaders()) {
      return true;
    }
    readers.decrementAndGet();
    refused.increment();
    return false;
  }

  void left() {
    readers.decrementAndGet();
  }

  void pausing(boolean begins) {
    paused.addAndGet(begins ? 1 : -1);
  }

  void hasCutOff() {
    cutOff.increment();
  }

  void hasRead() {
    pages.increment();
  }

  void hasDelivered() {
    deliveries.increment();
  }

  /** The feed of a session, owned by the loop of whoever asked for it first. */
  Feed feed(SessionSource source, FeedLoop home) {
    return feeds.computeIfAbsent(source.key(), _ -> new Feed(this, source, home));
  }

  void remove(SessionSource.Key key, Feed feed) {
    feeds.remove(key, feed);
  }

  // ---- figures

  /** Readers that are connected. */
  public int readers() {
    return readers.get();
  }

  public int maxReaders() {
    return config.maxReaders();
  }

  /** Readers whose connection takes nothing at the moment. */
  public int pausedReaders() {
    return paused.get();
  }

  /** Sessions that have readers at their end. */
  public int sessions() {
    return feeds.size();
  }

  /** Readers that were asked to come again because there were too many. */
  public long refusedReaders() {
    return refused.sum();
  }

  /** Readers that were cut off because their connection took nothing. */
  public long readersCutOff() {
    return cutOff.sum();
  }

  /** Pages that were read at the end of sessions, and written out once each. */
  public long pages() {
    return pages.sum();
  }

  /** Pages that were handed to readers there. */
  public long deliveries() {
    return deliveries.sum();
  }
}
