package io.rivulet.cluster.node;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.checkpoint.Standbys;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.index.SnapshotFiles;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Safe for all threads: a concurrent map. Shards for which this node keeps the newest checkpoint at
 * hand: looks every few seconds whether there is another one.
 */
final class Preparations {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
  private static final Duration FIRST_LOOK = Duration.ofMillis(100);
  private static final int PATIENT_LOOKS = 100;
  private static final long NOT_FOLLOWED = 0;
  private static final Duration ANSWER_TIME = Duration.ofSeconds(10);

  private final Standbys standbys;
  private final ShardRecords records;
  private final Timer timer;

  /** By shard: which following it is, for what one began must not go on in the next one. */
  private final Map<Integer, Long> followed = new ConcurrentHashMap<>();

  private final AtomicLong followings = new AtomicLong();

  Preparations(Standbys standbys, ShardRecords records, Timer timer) {
    this.standbys = standbys;
    this.records = records;
    this.timer = timer;
  }

  /**
   * Completes when the newest checkpoint is at hand, or will not be soon; at the latest after twice
   * {@link #ANSWER_TIME}. Fails if the record that names it can't be read.
   */
  CompletableFuture<Void> prepare(int shard) {
    long following = followings.incrementAndGet();
    boolean isNew = followed.putIfAbsent(shard, following) == null;
    CompletableFuture<ShardRecord> looked = look(shard);
    if (isNew) {
      lookAgainAfter(looked, shard, following);
    }
    return looked.thenCompose(found -> {
      CompletableFuture<Void> ready = new CompletableFuture<>();
      awaitFiles(shard, newest(found), PATIENT_LOOKS, ready);
      return ready;
    });
  }

  private static long newest(ShardRecord found) {
    return found.checkpoints().isEmpty() ? 0 : found.checkpoints().getLast().position();
  }

  /**
   * Reads the record of a shard; fails after {@link #ANSWER_TIME}: a store that is silent must not
   * be waited for, nobody would ever look again.
   */
  CompletableFuture<Optional<ShardRecords.Versioned>> read(int shard) {
    CompletableFuture<Optional<ShardRecords.Versioned>> answer = records.read(shard).copy();
    timer.after(
        ANSWER_TIME,
        () ->
            answer.completeExceptionally(
                new TimeoutException(
                    "the record of shard %d could not be read within %s"
                        .formatted(shard, ANSWER_TIME))));
    return answer;
  }

  private CompletableFuture<ShardRecord> look(int shard) {
    return read(shard)
        .thenApply(found -> {
          ShardRecord present =
              found
                  .map(ShardRecords.Versioned::shardRecord)
                  .orElseGet(() -> ShardRecord.made(shard, 0));
          if (followed.containsKey(shard)) {
            standbys.follow(shard, present.checkpoints());
          }
          return present;
        });
  }

  private void lookAgainAfter(CompletableFuture<ShardRecord> looked, int shard, long following) {
    var _ =
        looked.whenComplete((_, _) ->
            timer.after(
                LOOK_EVERY,
                () -> {
                  if (followed.getOrDefault(shard, NOT_FOLLOWED) == following) {
                    lookAgainAfter(look(shard), shard, following);
                  }
                }));
  }

  private void awaitFiles(int shard, long position, int looks, CompletableFuture<Void> ready) {
    boolean isThere = standbys.positions().getOrDefault(shard, 0L) >= position;
    if (isThere || looks == 0 || !followed.containsKey(shard)) {
      ready.complete(null);
    } else {
      timer.after(FIRST_LOOK, () -> awaitFiles(shard, position, looks - 1, ready));
    }
  }

  /** What to begin a shard's index with that this node has taken over. */
  CompletableFuture<Optional<SnapshotFiles>> take(ShardRecord taken, long knownPosition) {
    followed.remove(taken.shard());
    return standbys.take(taken, knownPosition);
  }

  /** The files that were taken have been linked, or are not needed. */
  void taken(int shard) {
    standbys.unfollow(shard);
  }

  void forget(int shard) {
    followed.remove(shard);
    standbys.unfollow(shard);
  }
}
