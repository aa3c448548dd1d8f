package io.rivulet.engine.shard;

import io.rivulet.engine.EngineListener;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Owned by the shard thread. Reclaims lite topics that have served.
 *
 * <p>The expiry table is ordered by the time at which a lite topic may have expired. When that time
 * comes the lite topic is looked at: if it was used since, it is entered anew under a later time,
 * so use costs nothing.
 */
final class Reclaimer implements Dispatcher.QueueWatcher {
  private static final int ROWS_PER_TURN = 64;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Fold fold;
  private final Recorder recorder;
  private final Rows rows;
  private final ShardClock clock;
  private final QueueReader reader;
  private final LiteSets liteSets;
  private final Counters counters;
  private final EngineListener listener;

  /** There are more whose time has come than were looked at. */
  private boolean isBehind;

  Reclaimer(
      ShardState state,
      Rows rows,
      QueueReader reader,
      LiteSets liteSets,
      Counters counters,
      EngineListener listener) {
    catalog = state.catalog();
    queues = state.queues();
    fold = state.fold();
    recorder = state.recorder();
    clock = state.clock();
    this.rows = rows;
    this.reader = reader;
    this.liteSets = liteSets;
    this.counters = counters;
    this.listener = listener;
  }

  /** For how long the longest waiting of those whose time has come has waited, in milliseconds. */
  long lagMillis() {
    return isBehind ? Math.max(0, clock.millis() - fold.expiry().floor()) : 0;
  }

  /** Looks at some of those whose time has come; whether there may be more. */
  boolean turn() {
    long now = clock.millis();
    List<byte[]> due = new ArrayList<>();
    rows.scan(
        Table.EXPIRY,
        Keys.of(fold.expiry().floor()),
        Keys.of(now + 1),
        (key, _) -> {
          due.add(key);
          return due.size() < ROWS_PER_TURN;
        });
    for (byte[] key : due) {
      Queue queue = queues.byId(Keys.longAt(key, 8));
      if (queue == null || queue.expiryMillis != Keys.longAt(key, 0)) {
        // Of a topic that was deleted: such rows must not stand before all others for ever.
        rows.delete(Table.EXPIRY, key);
      } else if (recorder.hasRoomForProgress()) {
        look(queue, now);
      } else {
        return false;
      }
    }
    boolean hasMore = due.size() == ROWS_PER_TURN;
    isBehind = hasMore;
    // Not from the beginning again: there lie all that were deleted since the last compaction.
    fold.expiry().floor(hasMore ? Keys.longAt(due.getLast(), 0) : now + 1);
    return hasMore;
  }

  /** Whether its time has come and nobody has noticed yet. */
  boolean isOver(Queue queue, long now) {
    if (isRetired(queue)) {
      return false;
    }
    long end = Expiry.endOf(queue);
    if (end != 0) {
      return end <= now;
    }
    Optional<Duration> ttl = fold.expiry().ttlOf(queue);
    return ttl.isPresent()
        && !isInUse(queue)
        && queue.lastActiveMillis + ttl.get().toMillis() <= now;
  }

  private boolean isInUse(Queue queue) {
    boolean isWaitedIn = queue.topic.isParking && queue.topic.parked() > 0;
    return isWaitedIn
        || !queue.followers.isEmpty()
        || !queue.waitingReads.isEmpty()
        || isUnreadByPrefix(queue);
  }

  private static boolean isRetired(Queue queue) {
    return queue.stream != null && queue.stream.isRetired();
  }

  private void look(Queue queue, long now) {
    if (isRetired(queue)) {
      fold.expiry().expireAt(queue, 0);
      return;
    }
    Optional<Duration> ttl = fold.expiry().ttlOf(queue);
    long end = Expiry.endOf(queue);
    if (end != 0) {
      if (end > now) {
        fold.expiry().expireAt(queue, end);
      } else {
        reclaim(queue);
      }
      return;
    }
    if (ttl.isEmpty()) {
      fold.expiry().expireAt(queue, 0);
      return;
    }
    long idleSince = isInUse(queue) ? now : queue.lastActiveMillis;
    long expiresAt = idleSince + ttl.get().toMillis();
    if (expiresAt > now) {
      fold.expiry().expireAt(queue, expiresAt);
    } else {
      reclaim(queue);
    }
  }

  /** A group that follows by prefix keeps what it has not read, and nothing longer than that. */
  private boolean isUnreadByPrefix(Queue queue) {
    boolean[] isUnread = new boolean[1];
    queue.topic.forWhole(
        queue.name, each -> isUnread[0] |= queues.progress(each, queue).isPending());
    return isUnread[0];
  }

  /** Reclaims a lite topic; whoever follows it is told and follows it no more. */
  void reclaim(Queue queue) {
    List<Follower> followers = List.copyOf(queue.followers);
    for (Follower follower : followers) {
      recorder.record(
          new Change.Unsubscribed(
              follower.groupId(), queue.topic.id, follower.clientId(), queue.name));
      Group group = catalog.group(follower.groupId());
      if (group != null) {
        liteSets.dropped(follower.clientId(), group, queue.name);
      }
    }
    StreamState stream = queue.stream;
    if (stream != null && stream.forks() > 0) {
      recorder.record(new Change.StreamRetired(queue.id));
      reader.reclaimed(queue);
      return;
    }
    recorder.record(new Change.QueueReclaimed(queue.id));
    reader.reclaimed(queue);
    if (queue.topic.type() == TopicType.LITE && !queue.topic.isCopies) {
      counters.reclaimedLiteTopics.increment();
    }
    recorder.whenDurable(() -> followers.forEach(each -> tell(queue, each)));
    if (stream != null && stream.origin.isFork()) {
      Queue source = queues.byId(stream.origin.sourceId());
      if (source != null
          && source.stream != null
          && source.stream.isRetired()
          && source.stream.forks() == 0) {
        reclaim(source); // it was kept for this fork
      }
    }
  }

  private void tell(Queue queue, Follower follower) {
    Group group = catalog.group(follower.groupId());
    if (group != null) {
      listener.unsubscribed(follower.clientId(), group.name(), queue.topic.name(), queue.name);
    }
  }

  @Override
  public void topicMade(Topic topic) {}

  @Override
  public void queueMade(Queue queue) {}

  @Override
  public void visible(Queue queue) {}

  @Override
  public void mayBeDone(Queue queue) {
    if (queue.topic.type() == TopicType.LITE
        && queue.topic.definition().reclaimsUnsubscribed()
        && !queue.isGone()
        && !isRetired(queue)
        && queue.followers.isEmpty()
        && queue.waitingReads.isEmpty()
        && recorder.hasRoomForProgress()
        && queue.progress.stream().noneMatch(Progress::isPending)) {
      reclaim(queue);
    }
  }
}
