package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. An ordered sequence of messages with consecutive offsets. In memory
 * while something happens in it; its row in the index says the rest.
 *
 * <p>{@link #nextOffset} is ahead of {@link #visibleEnd} by what was appended and is not yet
 * durable: offsets are given out at once, consumers see durable messages only.
 */
final class Queue {
  /** Its TTL is that of its parent topic. */
  static final long TTL_OF_PARENT = -2;

  /**
   * A row may end after its fixed part, or after the fairness key; what follows that are parts,
   * each beginning with its kind.
   */
  private static final int CANCELLED_PART = 1;

  private static final int STREAM_PART = 2;
  private static final int FORMER_PART = 3;

  /** So many ids that it had elsewhere are remembered. */
  private static final int MAX_FORMER = 4;

  private static final long[] NO_IDS = new long[0];

  final long id;
  final Topic topic;

  /** Lite topic, message group, or the number of a NORMAL topic's queue. */
  final String name;

  /** Of a strictly ordered queue: that of the newest message which named one. */
  int priority;

  /** For example the tenant whose messages these are; empty: none. */
  String fairnessKey;

  /** Log position at which it was made; what was there before is not in it. */
  final long createdPosition;

  long nextOffset;
  long visibleEnd;

  /** No retained message lies below; may lag behind retention. */
  long firstOffset;

  long lastAppendMillis;
  long lastActiveMillis;
  long ttlMillis = TTL_OF_PARENT;

  /** Runs that are not in the index yet, and a few that are; ascending, gapless to the end. */
  List<Run> recent = List.of();

  /** The newest of those that are in the index only: a reader that is not far behind wants it. */
  private @Nullable Run lastForgotten;

  /** The head of the log when {@link #firstOffset} was last brought up to it; -1: never. */
  long trimmedToHead = -1;

  /** Of these, how many are in the batch that the index thread is writing or has written. */
  int recentHandedOver;

  /** Runs read from the index ahead of a consumer; ascending. */
  List<Run> readAhead = List.of();

  List<Progress> progress = List.of();

  /** LITE: who follows it by name. */
  List<Follower> followers = List.of();

  List<WaitingRead> waitingReads = List.of();

  /** Messages that are delivered to nobody any more; null: none. */
  private @Nullable CancelledOffsets cancelled;

  /** LITE: what it is beyond its messages, if it was made as a stream. */
  @Nullable StreamState stream;

  /** Ids that it had in other shards, the newest last: readers may know it by these. */
  private long[] formerIds = NO_IDS;

  /** LITE: who subscribes to it as a stream, as it was at {@link #linksVersion}. */
  List<StreamLink> links = List.of();

  /** Of the subscriptions ({@link SubscriptionFold}); 0: not looked up. */
  long linksVersion;

  /** The time under which it stands in the expiry table; 0: it does not. */
  long expiryMillis;

  boolean isDirty;

  /** It was removed, with all its rows. */
  boolean isReclaimed;

  /** It is in memory no more; whoever needs it loads another object. */
  boolean isDropped;

  /** It was read from the index, so that rows of it may be there that are not known here. */
  boolean isLoaded;

  /** The checkpoint in which it was last needed. */
  long touchedCheckpoint;

  Queue(long id, Topic topic, String name, int priority, String fairnessKey, long createdPosition) {
    this.id = id;
    this.topic = topic;
    this.name = name;
    this.priority = priority;
    this.fairnessKey = fairnessKey;
    this.createdPosition = createdPosition;
  }

  // The lists are empty and shared until there is something: there may be a million of these.

  void add(Run run) {
    if (recent.isEmpty()) {
      recent = new ArrayList<>(1);
    }
    recent.add(run);
  }

  /** The first runs are in the index. */
  void forgetRuns(int count) {
    if (count > 0) {
      lastForgotten = recent.get(count - 1);
    }
    if (count == recent.size()) {
      recent = List.of();
    } else {
      recent.subList(0, count).clear();
    }
  }

  void add(Progress added) {
    if (progress.isEmpty()) {
      progress = new ArrayList<>(1);
    }
    progress.add(added);
  }

  void add(Follower follower) {
    if (followers.isEmpty()) {
      followers = new ArrayList<>(1);
    }
    followers.add(follower);
  }

  void removeFollower(long groupId, String clientId) {
    if (!followers.isEmpty()) {
      followers.removeIf(each -> each.groupId() == groupId && each.clientId().equals(clientId));
      followers = followers.isEmpty() ? List.of() : followers;
    }
  }

  void add(WaitingRead read) {
    if (waitingReads.isEmpty()) {
      waitingReads = new ArrayList<>(1);
    }
    waitingReads.add(read);
  }

  void remove(WaitingRead read) {
    if (!waitingReads.isEmpty()) {
      waitingReads.remove(read);
    }
  }

  /** A message is delivered to nobody any more; what was said below an offset is forgotten. */
  void cancel(long offset, boolean isMoved, long forgetBelow) {
    if (cancelled == null) {
      cancelled = new CancelledOffsets();
    }
    cancelled.forgetBelow(forgetBelow);
    cancelled.add(offset, isMoved);
  }

  /** Whether the message is delivered to nobody any more. */
  boolean isCancelled(long offset) {
    return cancelled != null && cancelled.contains(offset);
  }

  /** Whether a copy of it is in another queue instead. */
  boolean isMoved(long offset) {
    return cancelled != null && cancelled.isMoved(offset);
  }

  /** How many are cancelled from this offset on. */
  int cancelledFrom(long offset) {
    return cancelled == null ? 0 : cancelled.countFrom(offset);
  }

  /** Which ones, in words. */
  String cancelledOffsets() {
    return cancelled == null ? "" : cancelled.toString();
  }

  /** Whether it had this id in another shard. */
  boolean was(long formerId) {
    for (long each : formerIds) {
      if (each == formerId) {
        return true;
      }
    }
    return false;
  }

  /** It gets another id elsewhere. */
  void addFormerId() {
    int from = Math.max(0, formerIds.length + 1 - MAX_FORMER);
    formerIds = Arrays.copyOfRange(formerIds, from, formerIds.length + 1);
    formerIds[formerIds.length - 1] = id;
  }

  /** It is as this one was in another shard, but for when it expires. */
  void restore(Queue state) {
    priority = state.priority;
    fairnessKey = state.fairnessKey;
    nextOffset = state.nextOffset;
    visibleEnd = state.nextOffset;
    firstOffset = state.firstOffset;
    lastAppendMillis = state.lastAppendMillis;
    lastActiveMillis = state.lastActiveMillis;
    ttlMillis = state.ttlMillis;
    cancelled = state.cancelled;
    stream = state.stream;
    formerIds = state.formerIds;
  }

  /** Nothing may be appended to it any more. */
  boolean isClosed() {
    return stream != null && (stream.isClosed() || stream.isRetired());
  }

  /** It was reclaimed, or its topic was deleted: it must not be used any more. */
  boolean isGone() {
    return isReclaimed || topic.isDeleted;
  }

  @Nullable Progress progressOf(Group group) {
    for (Progress each : progress) {
      if (each.group == group) {
        return each;
      }
    }
    return null;
  }

  /** The run in memory that holds the offset. */
  @Nullable Run runInMemory(long offset) {
    Run found = runIn(recent, offset);
    if (found == null && lastForgotten != null && lastForgotten.holds(offset)) {
      return lastForgotten;
    }
    return found == null ? runIn(readAhead, offset) : found;
  }

  private static @Nullable Run runIn(List<Run> runs, long offset) {
    if (runs.isEmpty()
        || offset < runs.getFirst().firstOffset
        || offset >= runs.getLast().endOffset()) {
      return null;
    }
    int low = 0;
    int high = runs.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (runs.get(middle).firstOffset <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    Run run = runs.get(low);
    return offset < run.endOffset() ? run : null;
  }

  byte[] toRow() {
    ByteWriter out = new ByteWriter(64);
    out.putLong(topic.id)
        .putString(name)
        .putVarInt(priority)
        .putVarLong(createdPosition)
        .putVarLong(nextOffset)
        .putVarLong(firstOffset)
        .putVarLong(lastAppendMillis)
        .putVarLong(lastActiveMillis)
        .putVarLong(ttlMillis - TTL_OF_PARENT)
        .putVarLong(expiryMillis);
    if (!fairnessKey.isEmpty() || cancelled != null || stream != null || formerIds.length > 0) {
      out.putString(fairnessKey);
    }
    if (cancelled != null) {
      out.putByte(CANCELLED_PART);
      cancelled.write(out);
    }
    if (stream != null) {
      out.putByte(STREAM_PART);
      stream.write(out);
    }
    if (formerIds.length > 0) {
      out.putByte(FORMER_PART).putVarInt(formerIds.length);
      for (long formerId : formerIds) {
        out.putVarLong(formerId);
      }
    }
    return out.toBytes();
  }

  static long topicIdOf(byte[] row) {
    return new ByteReader(row).getLong();
  }

  /** The time under which it stands in the expiry table; 0: it does not. */
  static long expiryOf(byte[] row) {
    ByteReader in = new ByteReader(row);
    in.getLong();
    in.getString();
    in.getVarInt();
    for (int skipped = 0; skipped < 6; skipped++) {
      in.getVarLong();
    }
    return in.getVarLong();
  }

  /** Its end. */
  static long nextOffsetOf(byte[] row) {
    ByteReader in = new ByteReader(row);
    in.getLong();
    in.getString();
    in.getVarInt();
    in.getVarLong();
    return in.getVarLong();
  }

  static Queue fromRow(long id, Topic topic, byte[] row) {
    ByteReader in = new ByteReader(row);
    in.getLong();
    Queue queue = new Queue(id, topic, in.getString(), in.getVarInt(), "", in.getVarLong());
    queue.nextOffset = in.getVarLong();
    queue.visibleEnd = queue.nextOffset;
    queue.firstOffset = in.getVarLong();
    queue.lastAppendMillis = in.getVarLong();
    queue.lastActiveMillis = in.getVarLong();
    queue.ttlMillis = in.getVarLong() + TTL_OF_PARENT;
    queue.expiryMillis = in.getVarLong();
    if (in.hasRemaining()) {
      queue.fairnessKey = in.getString();
    }
    while (in.hasRemaining()) {
      int part = in.getByte();
      switch (part) {
        case CANCELLED_PART -> queue.cancelled = CancelledOffsets.read(in);
        case STREAM_PART -> queue.stream = StreamState.read(in);
        case FORMER_PART -> {
          queue.formerIds = new long[in.getCount(1)];
          for (int i = 0; i < queue.formerIds.length; i++) {
            queue.formerIds[i] = in.getVarLong();
          }
        }
        default ->
            throw new IllegalStateException("the row of queue " + id + " has a part " + part);
      }
    }
    return queue;
  }
}
