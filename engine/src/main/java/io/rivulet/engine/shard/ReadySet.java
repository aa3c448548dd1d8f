package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.PriorityRule;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. The queues that hold something a subscriber may take now, in the order
 * in which its group wants them: by the group's rule for priorities, within a priority the fairness
 * key that was handed least, within a key the queue that has waited longest.
 *
 * <p>A queue that is shared by several subscribers stands in the ready set of each; the first to
 * take it wins, and the others find it no longer deliverable and drop it. Adding and taking are
 * O(log n) in the priorities and keys in use; only with weights or aging a choice looks at each
 * priority in use.
 *
 * <p>A key whose gate is closed keeps its place but is not chosen ({@link #reopen}).
 */
final class ReadySet {
  /** Empty ones that are kept where nothing is counted. */
  private static final int MAX_KEPT_RUNGS = 1024;

  final Subscriber subscriber;
  private final Shares shares;

  /** By priority, highest first: all, and those that something may be taken of. */
  private final TreeMap<Integer, Rung> rungs = new TreeMap<>(Comparator.reverseOrder());

  private final TreeMap<Integer, Rung> open = new TreeMap<>(Comparator.reverseOrder());
  private int size;

  /** Of these, those of keys whose gates are closed. */
  private int closedSize;

  /** Of the priority that was asked for last, which is often asked for next. */
  private @Nullable Rung recent;

  /** Taken from last; it is cleared away when it has been charged for. */
  private @Nullable Bucket chosen;

  ReadySet(Subscriber subscriber, Shares shares) {
    this.subscriber = subscriber;
    this.shares = shares;
  }

  /**
   * Adds a queue; false if it was there.
   *
   * @param sinceMillis when its oldest message was stored; matters with aging only
   */
  boolean add(Progress progress, long sinceMillis) {
    Bucket bucket = bucketFor(progress);
    if (bucket.queues.isEmpty()) {
      shares.tryAgain(bucket.share.gate);
    }
    if (!bucket.queues.add(progress)) {
      if (shares.isAging() && !bucket.isAsOld(progress, sinceMillis)) {
        age(bucket, progress, sinceMillis);
      }
      return false;
    }
    added(bucket, progress, sinceMillis);
    return true;
  }

  /** Puts back what was taken out and could not be had: it is the first of its key. */
  void putBack(Progress progress, long sinceMillis) {
    Bucket bucket = bucketFor(progress);
    boolean isNew = !bucket.queues.contains(progress);
    bucket.queues.addFirst(progress);
    if (isNew) {
      added(bucket, progress, sinceMillis);
    }
  }

  private @Nullable Rung rungAt(int priority) {
    Rung rung = recent;
    if (rung == null || rung.level.priority != priority) {
      rung = rungs.get(priority);
      if (rung != null) {
        recent = rung;
      }
    }
    return rung;
  }

  private @Nullable Bucket find(Progress progress) {
    Rung rung = rungAt(progress.queue.priority);
    if (rung == null) {
      return null;
    }
    if (!shares.isFair()) {
      return rung.sole();
    }
    Shares.Share share = rung.level.find(progress.queue.fairnessKey);
    return share == null ? null : rung.find(share);
  }

  private Bucket bucketFor(Progress progress) {
    Bucket found = find(progress);
    if (found != null) {
      return found;
    }
    Shares.Share share = shares.of(progress.queue.priority, progress.queue.fairnessKey);
    Rung rung = rungAt(share.level.priority);
    if (rung == null) {
      rung = new Rung(this, share.level, shares.isFair());
      rungs.put(share.level.priority, rung);
      recent = rung;
    }
    Bucket bucket = new Bucket(rung, share);
    bucket.isClosed = share.gate.isClosed();
    rung.add(bucket);
    shares.enter(bucket);
    return bucket;
  }

  private void added(Bucket bucket, Progress progress, long sinceMillis) {
    Rung rung = bucket.rung;
    if (shares.isAging()) {
      age(bucket, progress, sinceMillis);
    }
    if (bucket.ticket == null && !bucket.share.gate.isClosed()) {
      rung.issue(bucket);
      opened(rung);
    }
    size++;
    closedSize += bucket.isClosed ? 1 : 0;
    rung.size++;
    progress.readySets++;
  }

  private static void age(Bucket bucket, Progress progress, long sinceMillis) {
    bucket.age(progress, sinceMillis);
    if (!bucket.share.gate.isClosed()) {
      bucket.rung.place(bucket);
    }
  }

  private void opened(Rung rung) {
    if (!rung.isOpen) {
      rung.isOpen = true;
      open.put(rung.level.priority, rung);
    }
  }

  private void closed(Rung rung) {
    if (rung.isOpen) {
      rung.isOpen = false;
      open.remove(rung.level.priority);
    }
  }

  private void removed(Bucket bucket, Progress progress) {
    bucket.forgetAge(progress);
    size--;
    closedSize -= bucket.isClosed ? 1 : 0;
    bucket.rung.size--;
    progress.readySets--;
  }

  /** Takes the first queue out; null if there is none whose key's gate is open. */
  @Nullable Progress poll() {
    clearChosen();
    for (Rung rung = firstRung(); rung != null; rung = firstRung()) {
      Bucket bucket = rung.first();
      if (bucket != null) {
        chosen = bucket;
        Progress first = bucket.queues.removeFirst();
        removed(bucket, first);
        return first;
      }
      closed(rung);
    }
    return null;
  }

  /** Of what {@link #poll} gave last. */
  Shares.Share chosenShare() {
    if (chosen == null) {
      throw new IllegalStateException("nothing was taken out");
    }
    return chosen.share;
  }

  /** What was taken out last has been charged for, and maybe put back. */
  void clearChosen() {
    Bucket last = chosen;
    chosen = null;
    if (last != null && last.queues.isEmpty()) {
      drop(last);
    }
  }

  private @Nullable Rung firstRung() {
    Map.Entry<Integer, Rung> highest = open.firstEntry();
    if (highest == null || open.size() == 1) {
      return highest == null ? null : highest.getValue();
    }
    return switch (shares.rules().priorities()) {
      case PriorityRule.Strict _ -> highest.getValue();
      case PriorityRule.Weighted _ -> leastServed();
      case PriorityRule.Aging aging -> oldestFor(aging.step().toMillis());
    };
  }

  private @Nullable Rung leastServed() {
    Rung best = null;
    for (Rung rung : open.values()) {
      if (best == null || rung.level.counter() < best.level.counter()) {
        best = rung;
      }
    }
    return best;
  }

  /**
   * A message of priority p that has waited since t stands at the level p + (now - t) / step: the
   * order of levels is that of t - p * step, whatever the time is.
   */
  private @Nullable Rung oldestFor(long stepMillis) {
    Rung best = null;
    double bestRank = Double.POSITIVE_INFINITY;
    for (Rung rung : open.values()) {
      double rank = rung.oldestMillis() - (double) rung.level.priority * stepMillis;
      if (best == null || rank < bestRank) {
        best = rung;
        bestRank = rank;
      }
    }
    return best;
  }

  /** Takes a queue out; false if it was not there. */
  boolean remove(Progress progress) {
    Bucket bucket = find(progress);
    if (bucket == null || !bucket.queues.remove(progress)) {
      return false;
    }
    removed(bucket, progress);
    // It may be what the gate of its key was closed for.
    shares.tryAgain(bucket.share.gate);
    if (bucket.queues.isEmpty() && bucket != chosen) {
      drop(bucket);
    }
    return true;
  }

  private void drop(Bucket bucket) {
    Rung rung = bucket.rung;
    if (!shares.isCounted() && rungs.size() <= MAX_KEPT_RUNGS) {
      // It is soon wanted again; most sets have but this one, and it may stay open too.
      if (rungs.size() > 1) {
        closed(rung);
      }
      return;
    }
    rung.remove(bucket);
    shares.leave(bucket);
    bucket.share.gate.findsMore(subscriber);
    if (!rung.hasBuckets()) {
      rungs.remove(rung.level.priority, rung);
      closed(rung);
      recent = null;
    }
  }

  /** The gate of a key that something stands here of is closed. */
  void close(Bucket bucket) {
    if (!bucket.isClosed) {
      bucket.isClosed = true;
      closedSize += bucket.queues.size();
    }
  }

  /** The gate of a key that something stands here of is open again. */
  void reopen(Bucket bucket) {
    if (bucket.isClosed) {
      bucket.isClosed = false;
      closedSize -= bucket.queues.size();
    }
    if (bucket.queues.isEmpty()) {
      return;
    }
    if (bucket.ticket == null) {
      bucket.rung.issue(bucket);
    }
    if (shares.isAging()) {
      bucket.rung.place(bucket);
    }
    opened(bucket.rung);
  }

  void forEach(Consumer<Progress> visitor) {
    for (Rung rung : rungs.values()) {
      for (Bucket bucket : rung.buckets()) {
        bucket.queues.forEach(visitor);
      }
    }
  }

  /** Takes everything out. */
  void clear() {
    chosen = null;
    recent = null;
    forEach(each -> each.readySets--);
    for (Rung rung : rungs.values()) {
      rung.buckets().forEach(shares::leave);
    }
    rungs.clear();
    open.clear();
    size = 0;
    closedSize = 0;
  }

  boolean contains(Progress progress) {
    Bucket bucket = find(progress);
    return bucket != null && bucket.queues.contains(progress);
  }

  /** Whether all that may be taken here have a lower priority. */
  boolean isBelow(int priority) {
    for (Rung rung : open.values()) {
      if (rung.size > 0) {
        return rung.level.priority < priority;
      }
    }
    return true;
  }

  /** Whether the gate of what the queue counts to is closed; null if it is not. */
  @Nullable KeyGate closedGateOf(Progress progress) {
    if (closedSize == 0) {
      return null;
    }
    Bucket bucket = find(progress);
    return bucket != null && bucket.isClosed ? bucket.share.gate : null;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Whether something may be taken, as far as is known: a closed gate may turn up. */
  boolean hasOpen() {
    return !open.isEmpty();
  }

  int size() {
    return size;
  }

  /** Queues of keys whose gates are not known to be closed. */
  int openSize() {
    return size - closedSize;
  }
}
