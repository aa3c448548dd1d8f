package io.rivulet.engine.shard;

import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.group.ClientInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread, but for the sign of life, which all threads may leave. A client that
 * introduced itself, or whose subscriptions were found at start.
 */
final class Client {
  final String id;

  /** Empty until it introduces itself. */
  @Nullable ClientInfo info;

  /** Of its last reply: the poll's attempt id and what was leased. */
  @Nullable String lastAttemptId;

  List<Granted> lastGrants = List.of();

  /** Queues of which it may hold leases. */
  private final Set<Progress> held = new HashSet<>(4);

  private int heldAfterPruning = 32;

  /** By group name: what it follows there, if anything. Read by all threads. */
  final Map<String, LiteSet> liteSets = new ConcurrentHashMap<>(1);

  /** Groups in which it followed something at start, and which were not looked at since. */
  final List<Group> groupsAtStart = new ArrayList<>(0);

  /** Monotonic, in nanoseconds. */
  volatile long lastSeenNanos;

  volatile boolean isGone;

  /** Changes of its subscriptions that were asked for and are not settled; by all threads. */
  final AtomicInteger subscriptionChanges = new AtomicInteger();

  /** Its subscriptions are being ended; over when it is heard of again. */
  boolean isLeaving;

  Client(String id, long nowNanos) {
    this.id = id;
    lastSeenNanos = nowNanos;
  }

  /** It was leased something there. */
  void hold(Progress progress) {
    if (held.add(progress) && held.size() > 2 * heldAfterPruning) {
      held.removeIf(each -> each.leased() == 0);
      heldAfterPruning = Math.max(32, held.size());
    }
  }

  /** Where it may hold leases. */
  Set<Progress> held() {
    return held;
  }

  long maxMessageBytes() {
    ClientInfo known = info;
    return known == null ? Long.MAX_VALUE : known.maxMessageBytes();
  }

  /** What a poll handed out of one queue. */
  record Granted(Progress progress, long offset, long leaseId) {}

  /**
   * The lite topics that the client follows in one group: their number and a fingerprint that does
   * not depend on order, so that an unchanged full sync costs one comparison. The names themselves
   * are rows of the index.
   */
  static final class LiteSet {
    final Subscriber subscriber;
    private int count;
    private long fingerprint;

    /** What is durably so; null after a change that is not. Read by all threads. */
    private volatile @Nullable Summary settled;

    /** Names added or removed a moment ago: a full sync that was under way may not know them. */
    final Map<String, RecentChange> recent = new HashMap<>();

    int recentBeforePruning;

    LiteSet(Subscriber subscriber, Summary present) {
      this.subscriber = subscriber;
      count = present.count;
      fingerprint = present.fingerprint;
    }

    int count() {
      return count;
    }

    boolean is(Summary other) {
      return count == other.count && fingerprint == other.fingerprint;
    }

    void added(String name) {
      settled = null;
      count++;
      fingerprint += Hash.of(name);
    }

    void removed(String name) {
      settled = null;
      count--;
      fingerprint -= Hash.of(name);
      recent.remove(name);
    }

    /** A change and all that led to it is durable. */
    void settle() {
      settled = new Summary(count, fingerprint);
    }

    /** Whether this is durably what the client follows; safe for all threads. */
    boolean isSettledAs(Summary other) {
      return other.equals(settled);
    }
  }

  /**
   * A set of names without the names.
   *
   * @param fingerprint the sum of the names' hashes
   */
  record Summary(int count, long fingerprint) {
    static final Summary NONE = new Summary(0, 0);

    Summary with(String name) {
      return new Summary(count + 1, fingerprint + Hash.of(name));
    }

    Summary without(String name) {
      return new Summary(count - 1, fingerprint - Hash.of(name));
    }

    static Summary of(Set<String> names) {
      long sum = 0;
      for (String name : names) {
        sum += Hash.of(name);
      }
      return new Summary(names.size(), sum);
    }
  }

  /** A single addition or removal. */
  record RecentChange(boolean isAddition, long atMillis) {}
}
