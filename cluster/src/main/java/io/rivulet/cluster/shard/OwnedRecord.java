package io.rivulet.cluster.shard;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.cluster.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: one lock around what waits, none while the store is asked. The record of a
 * shard that this node owns. Its changes go to the store one after the other, so that those of the
 * log, of checkpoints and of the owner do not take each other for a new owner.
 *
 * <p>When the store does not answer it is not known whether a change happened: it is tried again
 * until the store says so, with the record as it was read. The first change that finds a record of
 * somebody else's ends this: the shard is lost, and so are all later changes.
 */
public final class OwnedRecord {
  private static final Duration RETRY = Duration.ofMillis(200);

  /** The shard has another owner now, or none: what this node holds of it is void. */
  public static final class LostException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    LostException(String message) {
      super(message);
    }
  }

  private record Waiting(
      UnaryOperator<ShardRecord> change, CompletableFuture<ShardRecord> result) {}

  private final ShardRecords records;
  private final Timer timer;
  private final ReentrantLock lock = new ReentrantLock();
  private final CompletableFuture<LostException> whenLost = new CompletableFuture<>();

  @GuardedBy("lock")
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean isChanging;

  private volatile ShardRecord current;
  // Changed by the one change that is under way.
  private volatile long version;
  private volatile boolean isClosed;

  /** The record as it was stored when the shard was taken over. */
  public OwnedRecord(ShardRecords records, Timer timer, ShardRecords.Versioned owned) {
    this.records = records;
    this.timer = timer;
    this.current = owned.shardRecord();
    this.version = owned.version();
  }

  /** The record as this node knows it to be stored. */
  public ShardRecord current() {
    return current;
  }

  /** Completes when it turns out that somebody else has changed the record; else never. */
  public CompletableFuture<LostException> whenLost() {
    return whenLost.copy();
  }

  /** Whether somebody else has changed the record. */
  public boolean isLost() {
    return whenLost.isDone();
  }

  /**
   * Changes the record, after all earlier changes.
   *
   * @param change what to make of the record; called later, more than once if need be, never by two
   *     threads at a time; a result that equals its argument is not stored
   * @return the record as it is stored then; fails with {@link LostException} only
   */
  public CompletableFuture<ShardRecord> change(UnaryOperator<ShardRecord> change) {
    Waiting added = new Waiting(change, new CompletableFuture<>());
    lock.lock();
    try {
      waiting.add(added);
      if (isChanging) {
        return added.result;
      }
      isChanging = true;
    } finally {
      lock.unlock();
    }
    changeNext();
    return added.result;
  }

  /** Tries nothing again any more: changes that wait fail, what is under way may still happen. */
  public void close() {
    isClosed = true;
  }

  @Override
  public String toString() {
    return "shard " + current.shard() + ", epoch " + current.epoch();
  }

  private void changeNext() {
    Waiting next = next();
    while (next != null) {
      if (isClosed || whenLost.isDone()) {
        fail(next);
      } else {
        ShardRecord changed = next.change.apply(current);
        if (!changed.equals(current)) {
          put(changed, next);
          return;
        }
        next.result.complete(current);
      }
      next = next();
    }
  }

  private @Nullable Waiting next() {
    lock.lock();
    try {
      Waiting next = waiting.poll();
      isChanging = next != null;
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void put(ShardRecord changed, Waiting of) {
    var _ =
        records
            .put(changed, version)
            .whenComplete((newVersion, failure) -> {
              if (failure == null && newVersion.isPresent()) {
                stored(changed, newVersion.getAsLong(), of);
              } else {
                // Perhaps an earlier try, whose answer was lost, has done it.
                check(changed, of, failure);
              }
            });
  }

  private void stored(ShardRecord changed, long newVersion, Waiting of) {
    current = changed;
    version = newVersion;
    of.result.complete(changed);
    changeNext();
  }

  private void check(ShardRecord changed, Waiting of, @Nullable Throwable putFailure) {
    var _ =
        records
            .read(changed.shard())
            .whenComplete((found, failure) -> {
              if (failure != null) {
                retry(of, () -> check(changed, of, putFailure));
              } else if (found.isPresent() && found.get().shardRecord().equals(changed)) {
                stored(changed, found.get().version(), of);
              } else if (found.isPresent() && found.get().version() == version) {
                retry(of, () -> put(changed, of));
              } else {
                lose(
                    found.isPresent()
                        ? "the owner is '%s' in epoch %d now"
                            .formatted(
                                found.get().shardRecord().owner(),
                                found.get().shardRecord().epoch())
                        : "its record is gone",
                    of);
              }
            });
  }

  private void retry(Waiting of, Runnable again) {
    if (isClosed) {
      fail(of);
      changeNext();
    } else {
      timer.after(RETRY, again);
    }
  }

  private void lose(String how, Waiting of) {
    whenLost.complete(
        new LostException(
            "shard %d was lost: this node owned it in epoch %d, and %s"
                .formatted(current.shard(), current.epoch(), how)));
    fail(of);
    changeNext();
  }

  private void fail(Waiting of) {
    LostException lost =
        whenLost.getNow(
            new LostException(
                "shard %d is not owned by this node any more: it was let go"
                    .formatted(current.shard())));
    of.result.completeExceptionally(lost);
  }
}
