package io.rivulet.engine.shard;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What stands in one ready set of one share: the queues of one fairness
 * key at one priority, in the order in which they came.
 *
 * <p>With aging it also knows which of its messages is the oldest.
 */
final class Bucket {
  /** Immutable. When the oldest message of a queue was stored. */
  private static final class Waiting implements Comparable<Waiting> {
    private final long sinceMillis;
    private final long number;
    private final Progress progress;

    private Waiting(long sinceMillis, long number, Progress progress) {
      this.sinceMillis = sinceMillis;
      this.number = number;
      this.progress = progress;
    }

    @Override
    public int compareTo(Waiting other) {
      int bySince = Long.compare(sinceMillis, other.sinceMillis);
      return bySince == 0 ? Long.compare(number, other.number) : bySince;
    }
  }

  /** Owned by the shard thread. Aging only. */
  private static final class Ages {
    private final PriorityQueue<Waiting> oldest = new PriorityQueue<>(2);

    /** The one of {@link #oldest} that counts for a queue; others are dropped. */
    private final Map<Progress, Waiting> current = new HashMap<>(2);

    private long lastNumber;
  }

  /** How many outdated entries a heap may hold beside as many that count. */
  static final int OUTDATED = 16;

  final Rung rung;
  final Shares.Share share;
  final LinkedHashSet<Progress> queues = new LinkedHashSet<>(2);

  /** The one ticket that counts; others of this bucket are dropped when they come up. */
  Rung.@Nullable Ticket ticket;

  /** Aging only: the one place in the order of ages that counts. */
  Rung.@Nullable Head head;

  /** The other ready sets in which something of the share stands. */
  @Nullable Bucket nextOfShare;

  @Nullable Bucket previousOfShare;
  private @Nullable Ages ages;

  Bucket(Rung rung, Shares.Share share) {
    this.rung = rung;
    this.share = share;
  }

  /** Its queues are counted among those that cannot be taken. */
  boolean isClosed;

  /** Something may be taken out of it, as far as is known. */
  boolean isOpen() {
    return !queues.isEmpty() && !share.gate.isClosed();
  }

  /** The oldest message of a queue that stands here was stored then. */
  void age(Progress progress, long sinceMillis) {
    Ages known = ages;
    if (known == null) {
      known = new Ages();
      ages = known;
    }
    Waiting waiting = new Waiting(sinceMillis, ++known.lastNumber, progress);
    known.current.put(progress, waiting);
    if (known.oldest.size() > 2 * known.current.size() + OUTDATED) {
      Map<Progress, Waiting> current = known.current;
      known.oldest.removeIf(each -> current.get(each.progress) != each);
    }
    known.oldest.add(waiting);
  }

  /** Whether its age is known to be no less. */
  boolean isAsOld(Progress progress, long sinceMillis) {
    Waiting waiting = ages == null ? null : ages.current.get(progress);
    return waiting != null && waiting.sinceMillis <= sinceMillis;
  }

  void forgetAge(Progress progress) {
    if (ages != null) {
      ages.current.remove(progress);
    }
  }

  /** Since when the oldest message here has waited. */
  long oldestMillis() {
    if (ages != null) {
      PriorityQueue<Waiting> oldest = ages.oldest;
      for (Waiting first = oldest.peek(); first != null; first = oldest.peek()) {
        if (ages.current.get(first.progress) == first) {
          return first.sinceMillis;
        }
        oldest.poll();
      }
    }
    return Long.MAX_VALUE;
  }
}
