package io.rivulet.engine.shard;

import io.rivulet.engine.group.ClientInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** By group name: what it follows there, if anything. */
  final Map<String, LiteSet> liteSets = new HashMap<>(1);

  /** Groups in which it followed something at start, and which were not looked at since. */
  final List<Group> groupsAtStart = new ArrayList<>(0);

  /** Monotonic, in nanoseconds. */
  volatile long lastSeenNanos;

  volatile boolean isGone;

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
    int count;
    long fingerprint;

    /** Names added or removed a moment ago: a full sync that was under way may not know them. */
    final Map<String, RecentChange> recent = new HashMap<>();

    LiteSet(Subscriber subscriber) {
      this.subscriber = subscriber;
    }
  }

  /** A single addition or removal. */
  record RecentChange(boolean isAddition, long atMillis) {}
}
