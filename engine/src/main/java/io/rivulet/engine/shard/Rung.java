package io.rivulet.engine.shard;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. All that stands in one ready set of one priority, by fairness key: the
 * key that was handed least is first.
 *
 * <p>Places in the order are tickets with the counter that a key had when its ticket was issued. A
 * counter that grew meanwhile is noticed when the ticket comes up, and the key gets another one, so
 * that charging costs nothing. Where the group does not share by key there is one bucket and no
 * order to keep.
 */
final class Rung {
  /** Immutable. A bucket's place in the order, as of when it was issued. */
  static final class Ticket implements Comparable<Ticket> {
    private final double counter;
    private final long number;
    private final Bucket bucket;

    private Ticket(Bucket bucket, long number) {
      this.bucket = bucket;
      this.number = number;
      counter = bucket.share.counter();
    }

    @Override
    public int compareTo(Ticket other) {
      int byCounter = Double.compare(counter, other.counter);
      return byCounter == 0 ? Long.compare(number, other.number) : byCounter;
    }
  }

  /** Immutable. A bucket's place in the order of ages, as of when it was given. */
  static final class Head implements Comparable<Head> {
    private final long sinceMillis;
    private final Bucket bucket;

    private Head(long sinceMillis, Bucket bucket) {
      this.sinceMillis = sinceMillis;
      this.bucket = bucket;
    }

    @Override
    public int compareTo(Head other) {
      return Long.compare(sinceMillis, other.sinceMillis);
    }
  }

  /** Owned by the shard thread. The keys, where the group shares by key. */
  private static final class ByKey {
    private final Map<Shares.Share, Bucket> buckets = new LinkedHashMap<>(4);
    private final PriorityQueue<Ticket> tickets = new PriorityQueue<>(4);

    /** Aging only. */
    private final PriorityQueue<Head> heads = new PriorityQueue<>(1);

    private long lastNumber;
  }

  final ReadySet set;
  final Shares.Level level;

  /** Null: there is one bucket for all. */
  private final @Nullable ByKey byKey;

  private @Nullable Bucket sole;

  /** Queues. */
  int size;

  /** Something may be taken of it, as far as its ready set knows. */
  boolean isOpen;

  Rung(ReadySet set, Shares.Level level, boolean isFair) {
    this.set = set;
    this.level = level;
    byKey = isFair ? new ByKey() : null;
  }

  @Nullable Bucket find(Shares.Share share) {
    return byKey == null ? sole : byKey.buckets.get(share);
  }

  /** The only bucket if the group does not share by key. */
  @Nullable Bucket sole() {
    return sole;
  }

  void add(Bucket bucket) {
    if (byKey == null) {
      sole = bucket;
    } else {
      byKey.buckets.put(bucket.share, bucket);
    }
  }

  void remove(Bucket bucket) {
    bucket.ticket = null;
    bucket.head = null;
    if (byKey == null) {
      sole = null;
    } else {
      byKey.buckets.remove(bucket.share);
    }
  }

  Iterable<Bucket> buckets() {
    if (byKey != null) {
      return byKey.buckets.values();
    }
    return sole == null ? List.of() : List.of(sole);
  }

  boolean hasBuckets() {
    return byKey == null ? sole != null : !byKey.buckets.isEmpty();
  }

  /** The bucket gets its place in the order, or another one. */
  void issue(Bucket bucket) {
    if (byKey == null) {
      return;
    }
    if (byKey.tickets.size() > 2 * byKey.buckets.size() + Bucket.OUTDATED) {
      byKey.tickets.removeIf(each -> each.bucket.ticket != each);
    }
    Ticket ticket = new Ticket(bucket, ++byKey.lastNumber);
    bucket.ticket = ticket;
    byKey.tickets.add(ticket);
  }

  /** Aging: the bucket gets its place in the order of ages. */
  void place(Bucket bucket) {
    if (byKey == null) {
      return;
    }
    long sinceMillis = bucket.oldestMillis();
    Head known = bucket.head;
    if (known != null && known.sinceMillis <= sinceMillis) {
      return;
    }
    if (byKey.heads.size() > 2 * byKey.buckets.size() + Bucket.OUTDATED) {
      byKey.heads.removeIf(each -> each.bucket.head != each);
    }
    Head head = new Head(sinceMillis, bucket);
    bucket.head = head;
    byKey.heads.add(head);
  }

  /** The bucket whose key was handed least; null if nothing is here, or all keys are closed. */
  @Nullable Bucket first() {
    if (byKey == null) {
      return sole != null && sole.isOpen() ? sole : null;
    }
    PriorityQueue<Ticket> tickets = byKey.tickets;
    for (Ticket first = tickets.peek(); first != null; first = tickets.peek()) {
      Bucket bucket = first.bucket;
      if (bucket.ticket != first) {
        tickets.poll();
      } else if (!bucket.isOpen()) {
        tickets.poll();
        bucket.ticket = null;
      } else if (first.counter < bucket.share.counter()) {
        tickets.poll();
        issue(bucket);
      } else {
        return bucket;
      }
    }
    return null;
  }

  /** Since when the oldest message of a key that is open has waited. */
  long oldestMillis() {
    if (byKey == null) {
      return sole == null ? Long.MAX_VALUE : sole.oldestMillis();
    }
    PriorityQueue<Head> heads = byKey.heads;
    for (Head first = heads.peek(); first != null; first = heads.peek()) {
      Bucket bucket = first.bucket;
      if (bucket.head != first) {
        heads.poll();
      } else if (!bucket.isOpen()) {
        heads.poll();
        bucket.head = null;
      } else if (first.sinceMillis < bucket.oldestMillis()) {
        heads.poll();
        bucket.head = null;
        place(bucket);
      } else {
        return first.sinceMillis;
      }
    }
    return Long.MAX_VALUE;
  }
}
