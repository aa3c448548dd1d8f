package io.rivulet.engine.shard;

import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: the thread itself is the only one that touches the shard. Turns a shard
 * again and again, sleeps when there is nothing to do, and ends it in order.
 */
public final class ShardThread {
  private static final Logger log = LoggerFactory.getLogger(ShardThread.class);
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(3);

  private final Shard shard;
  private final Clock clock;
  private final Thread thread;
  private final CompletableFuture<Void> letGo = new CompletableFuture<>();
  private volatile boolean isParked;
  private volatile boolean isClosing;

  /** A thread that is not started yet. */
  public ShardThread(Shard shard, Clock clock, String name) {
    this.shard = shard;
    this.clock = clock;
    thread = Thread.ofPlatform().name(name).unstarted(this::run);
    shard.wokenBy(this::wake);
  }

  /** Begins to turn the shard. */
  public void start() {
    thread.start();
  }

  private void wake() {
    if (isParked) {
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    try {
      while (!isClosing && !shard.isStopped()) {
        if (!shard.turn()) {
          park(shard.idleNanos());
        }
      }
      finish();
    } catch (RuntimeException | Error bug) {
      shard.fail(bug);
    } finally {
      letGo.complete(null);
    }
  }

  private void park(long nanos) {
    if (nanos <= 0) {
      return;
    }
    isParked = true;
    // Whoever handed something over before it could see the flag is not missed: look once more.
    if (!shard.turn() && !isClosing) {
      LockSupport.parkNanos(this, Math.min(nanos, shard.idleNanos()));
    }
    isParked = false;
  }

  private void finish() {
    shard.answerAll();
    long deadline = clock.nanos() + QUIET_WITHIN.toNanos();
    if (comesToRest(deadline)) {
      shard.endServing();
      comesToRest(deadline);
    }
    shard.takeNothing();
    comesToRest(deadline);
    shard.answerAll();
    letGo.complete(null); // what follows concerns the index only
    awaitIndex(deadline);
    try {
      shard.stop();
    } catch (IOException e) {
      // As when another owner has the log by now.
      log.warn(
          "The index could not be brought up to date at the end, a restart replays more: {}",
          e.getMessage());
    } catch (RuntimeException e) {
      log.error("The index could not be brought up to date at the end; a restart replays more", e);
    }
  }

  private boolean comesToRest(long deadline) {
    while (!shard.isStopped() && !shard.isAnswered() && clock.nanos() < deadline) {
      if (!shard.turn()) {
        park();
      }
    }
    return shard.isAnswered();
  }

  private void awaitIndex(long deadline) {
    while (!shard.isStopped() && shard.isWritingIndex() && clock.nanos() < deadline) {
      park();
    }
  }

  private void park() {
    LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(1));
  }

  /**
   * Begins to end the shard; completes when what was taken is answered and the log gets nothing
   * more.
   */
  public CompletableFuture<Void> letGo() {
    isClosing = true;
    LockSupport.unpark(thread);
    return letGo;
  }

  /** Ends the shard: finishes what was taken, brings the index up to date. Blocks. */
  public void close() {
    var _ = letGo();
    boolean isInterrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A pool of named daemon threads. */
  public static ExecutorService pool(String name, int threads) {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        threads,
        task -> {
          String suffix = threads == 1 ? "" : "-" + number.getAndIncrement();
          return Thread.ofPlatform().daemon().name(name + suffix).unstarted(task);
        });
  }
}
