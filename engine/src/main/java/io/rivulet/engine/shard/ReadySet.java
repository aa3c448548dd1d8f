package io.rivulet.engine.shard;

import io.rivulet.engine.scheduling.PriorityRule;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.PriorityQueue;
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
  /** What stands here of one share. */
  static final class Bucket {
    private final Rung rung;
    private final Shares.Share share;
    private final LinkedHashSet<Progress> queues = new LinkedHashSet<>(2);

    /** The one ticket that counts; others of this bucket are dropped when they come up. */
    private @Nullable Ticket ticket;

    private Bucket(Rung rung, Shares.Share share) {
      this.rung = rung;
      this.share = share;
    }

    /** Its counter went back. */
    void nowEarlier() {
      if (ticket != null) {
        rung.issue(this);
      }
    }
  }

  /** A bucket's place in the order of its priority, as of when it was issued. */
  private static final class Ticket {
    private final double counter;
    private final long number;
    private final Bucket bucket;

    private Ticket(Bucket bucket, long number) {
      this.bucket = bucket;
      this.number = number;
      counter = bucket.share.counter();
    }
  }

  /** When the oldest message of a queue was stored. */
  private record Waiting(long sinceMillis, long number, Progress progress) {}

  /** All that stands here of one priority. */
  private final class Rung {
    private final Shares.Level level;
    private final Map<Shares.Share, Bucket> buckets = new HashMap<>(4);
    private final PriorityQueue<Ticket> tickets = new PriorityQueue<>(2, BY_COUNTER);

    /** Aging only. */
    private final PriorityQueue<Waiting> oldest = new PriorityQueue<>(1, BY_AGE);

    /** Aging only: the one of {@link #oldest} that counts for a queue. */
    private final Map<Progress, Waiting> waiting = new HashMap<>(1);

    /** Queues. */
    private int size;

    private Rung(Shares.Level level) {
      this.level = level;
    }

    private void issue(Bucket bucket) {
      Ticket ticket = new Ticket(bucket, ++lastNumber);
      bucket.ticket = ticket;
      if (tickets.isEmpty()) {
        open.put(level.priority, this);
      }
      tickets.add(ticket);
    }

    /** The bucket whose key was handed least; null if all keys here are closed. */
    private @Nullable Bucket first() {
      for (Ticket first = tickets.peek(); first != null; first = tickets.peek()) {
        Bucket bucket = first.bucket;
        if (bucket.ticket != first) {
          tickets.poll();
        } else if (bucket.queues.isEmpty() || bucket.share.gate.isClosed()) {
          tickets.poll();
          bucket.ticket = null;
        } else if (first.counter < bucket.share.counter()) {
          tickets.poll();
          bucket.ticket = new Ticket(bucket, ++lastNumber);
          tickets.add(bucket.ticket);
        } else {
          return bucket;
        }
      }
      open.remove(level.priority, this);
      return null;
    }

    /** Since when the oldest message here has waited. */
    private long oldestMillis() {
      for (Waiting first = oldest.peek(); first != null; first = oldest.peek()) {
        Waiting current = waiting.get(first.progress);
        if (current != null && current.number == first.number) {
          return first.sinceMillis;
        }
        oldest.poll();
      }
      return Long.MAX_VALUE;
    }
  }

  private static final Comparator<Ticket> BY_COUNTER =
      Comparator.<Ticket>comparingDouble(each -> each.counter)
          .thenComparingLong(each -> each.number);

  private static final Comparator<Waiting> BY_AGE =
      Comparator.comparingLong(Waiting::sinceMillis).thenComparingLong(Waiting::number);

  final Subscriber subscriber;
  private final Shares shares;

  /** By priority, highest first: all, and those that something may be taken of. */
  private final TreeMap<Integer, Rung> rungs = new TreeMap<>(Comparator.reverseOrder());

  private final TreeMap<Integer, Rung> open = new TreeMap<>(Comparator.reverseOrder());
  private int size;
  private long lastNumber;

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
    if (!bucket.queues.add(progress)) {
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

  private Bucket bucketFor(Progress progress) {
    Shares.Share share = shares.of(progress.queue.priority, progress.queue.fairnessKey);
    Rung rung = rungs.computeIfAbsent(share.level.priority, _ -> new Rung(share.level));
    Bucket bucket = rung.buckets.get(share);
    if (bucket == null) {
      bucket = new Bucket(rung, share);
      rung.buckets.put(share, bucket);
      shares.enter(share, this, bucket);
    }
    return bucket;
  }

  private void added(Bucket bucket, Progress progress, long sinceMillis) {
    if (bucket.ticket == null && !bucket.share.gate.isClosed()) {
      bucket.rung.issue(bucket);
    }
    if (shares.rules().priorities() instanceof PriorityRule.Aging) {
      Waiting waiting = new Waiting(sinceMillis, ++lastNumber, progress);
      bucket.rung.waiting.put(progress, waiting);
      bucket.rung.oldest.add(waiting);
    }
    size++;
    bucket.rung.size++;
    progress.readySets++;
  }

  private void removed(Rung rung, Progress progress) {
    rung.waiting.remove(progress);
    size--;
    rung.size--;
    progress.readySets--;
  }

  /** Takes the first queue out; null if there is none whose key's gate is open. */
  @Nullable Progress poll() {
    clearChosen();
    for (Rung rung = firstRung(); rung != null; rung = firstRung()) {
      Bucket bucket = rung.first();
      if (bucket != null) {
        chosen = bucket;
        shares.chosen(bucket.share);
        Progress first = bucket.queues.removeFirst();
        removed(rung, first);
        return first;
      }
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
    Shares.Share share = shares.find(progress.queue.priority, progress.queue.fairnessKey);
    Bucket bucket = share == null ? null : share.buckets.get(this);
    if (bucket == null || !bucket.queues.remove(progress)) {
      return false;
    }
    removed(bucket.rung, progress);
    if (bucket.queues.isEmpty() && bucket != chosen) {
      drop(bucket);
    }
    return true;
  }

  private void drop(Bucket bucket) {
    Rung rung = bucket.rung;
    bucket.ticket = null;
    if (rungs.size() == 1 && !shares.isCounted()) {
      return; // most sets have but this one, and it is soon wanted again
    }
    rung.buckets.remove(bucket.share);
    shares.leave(bucket.share, this);
    if (rung.buckets.isEmpty()) {
      rungs.remove(rung.level.priority, rung);
      open.remove(rung.level.priority, rung);
    }
  }

  /** The gate of a key that something stands here of is open again. */
  void reopen(Shares.Share share) {
    Bucket bucket = share.buckets.get(this);
    if (bucket != null && bucket.ticket == null && !bucket.queues.isEmpty()) {
      bucket.rung.issue(bucket);
    }
  }

  void forEach(Consumer<Progress> visitor) {
    for (Rung rung : rungs.values()) {
      rung.buckets.values().forEach(bucket -> bucket.queues.forEach(visitor));
    }
  }

  /** Takes everything out. */
  void clear() {
    chosen = null;
    forEach(each -> each.readySets--);
    for (Rung rung : rungs.values()) {
      rung.buckets
          .values()
          .forEach(bucket -> {
            bucket.ticket = null;
            shares.leave(bucket.share, this);
          });
    }
    rungs.clear();
    open.clear();
    size = 0;
  }

  boolean contains(Progress progress) {
    Shares.Share share = shares.find(progress.queue.priority, progress.queue.fairnessKey);
    Bucket bucket = share == null ? null : share.buckets.get(this);
    return bucket != null && bucket.queues.contains(progress);
  }

  /** Whether all that stand here have a lower priority. */
  boolean isBelow(int priority) {
    for (Rung rung : rungs.values()) {
      if (rung.size > 0) {
        return rung.level.priority < priority;
      }
    }
    return true;
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
}
