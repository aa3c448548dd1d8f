package io.rivulet.cluster.metadata;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. Metadata in memory: one of these for all nodes, and for
 * each node a {@link MemoryStoreNode} that may be cut off, paused or killed.
 *
 * <p>As in ZooKeeper: what one session asks for is done in order, and answers and news reach it in
 * order; a session that is not heard of for its time-out is ended, and its claims with it; while
 * the store has no quorum nothing is answered and no session ends. Harsher than it: what was asked
 * over a connection that is lost may still be done after the next one was made.
 */
public final class MemoryStore {
  /** A session as the store sees it. */
  static final class Held {
    final MemoryStoreNode node;
    boolean isOpen = true;

    Held(MemoryStoreNode node) {
      this.node = node;
    }
  }

  private static final class Name {
    String value;
    long version;
    final @Nullable Held claimedBy;

    Name(String value, @Nullable Held claimedBy) {
      this.value = value;
      this.claimedBy = claimedBy;
    }
  }

  private final Timer timer;
  private final RandomGenerator random;
  private final Duration sessionTimeout;
  private final TreeMap<String, Name> names = new TreeMap<>();
  private final List<MemoryStoreNode> nodes = new ArrayList<>();

  /** Who watches, each once and in the order of their first watch. */
  private final Map<String, List<Held>> watches = new LinkedHashMap<>();

  private Duration maxDelay = Duration.ofMillis(5);
  private boolean isAvailable = true;

  /**
   * Makes an empty store.
   *
   * @param timer runs what it is given on the thread of the simulation, in the order of time
   * @param random decides how long each message travels
   */
  public MemoryStore(Timer timer, RandomGenerator random, Duration sessionTimeout) {
    this.timer = timer;
    this.random = random;
    this.sessionTimeout = sessionTimeout;
  }

  /** The store as one process sees it, which begins to connect at once. */
  public MemoryStoreNode node(String name) {
    var node = new MemoryStoreNode(name, this);
    nodes.add(node);
    node.reconnectSoon();
    return node;
  }

  /** How long a message travels at most, each way. */
  public void setMaxDelay(Duration newMaxDelay) {
    maxDelay = newMaxDelay;
  }

  /** With and without a quorum of its members. */
  public void setAvailable(boolean isToBe) {
    if (isAvailable == isToBe) {
      return;
    }
    isAvailable = isToBe;
    for (MemoryStoreNode node : nodes) {
      node.quorumChanged();
    }
  }

  boolean isAvailable() {
    return isAvailable;
  }

  // ---- what a test looks at, without any travelling

  public Optional<String> value(String name) {
    return get(name).map(Versioned::value);
  }

  /** Somebody else has made a name. */
  public void make(String name, String value) {
    make(name, value, null);
  }

  // ---- what happens at the store

  Optional<Versioned> get(String name) {
    Name found = names.get(name);
    return found == null
        ? Optional.empty()
        : Optional.of(new Versioned(found.value, found.version));
  }

  List<String> children(String name) {
    String prefix = name + "/";
    return names.tailMap(prefix).keySet().stream()
        .takeWhile(each -> each.startsWith(prefix))
        .map(each -> each.substring(prefix.length()))
        .filter(each -> each.indexOf('/') < 0)
        .toList();
  }

  OptionalLong put(String name, String value, long expectedVersion) {
    if (expectedVersion == MetadataStore.ABSENT) {
      return make(name, value, null) ? OptionalLong.of(0) : OptionalLong.empty();
    }
    Name found = names.get(name);
    if (found == null || found.version != expectedVersion) {
      return OptionalLong.empty();
    }
    found.value = value;
    found.version++;
    tellWatchers(name);
    return OptionalLong.of(found.version);
  }

  boolean delete(String name, long expectedVersion) {
    Name found = names.get(name);
    if (found == null) {
      return true;
    }
    if (found.version != expectedVersion) {
      return false;
    }
    if (!children(name).isEmpty()) {
      throw new IllegalArgumentException(name + " has names below it and stays");
    }
    remove(name);
    return true;
  }

  private void remove(String name) {
    names.remove(name);
    tellWatchers(name);
    tellWatchers(parent(name));
  }

  boolean make(String name, String value, @Nullable Held session) {
    if (names.containsKey(name)) {
      return false;
    }
    String parent = parent(name);
    if (!parent.isEmpty()) {
      make(parent, "", null);
      Name above = names.get(parent);
      if (above != null && above.claimedBy != null) {
        throw new IllegalArgumentException("there can be nothing below a claim: " + name);
      }
    }
    names.put(name, new Name(value, session));
    tellWatchers(name);
    tellWatchers(parent);
    return true;
  }

  private static String parent(String name) {
    return name.substring(0, name.lastIndexOf('/'));
  }

  void watch(String name, Held session) {
    List<Held> watching = watches.computeIfAbsent(name, _ -> new ArrayList<>());
    if (!watching.contains(session)) {
      watching.add(session);
    }
  }

  private void tellWatchers(String name) {
    for (Held session : watches.getOrDefault(name, List.of())) {
      session.node.changedAtStore(session, name);
    }
  }

  void end(Held session) {
    if (!session.isOpen) {
      return;
    }
    session.isOpen = false;
    watches.values().forEach(each -> each.remove(session));
    List<String> claims =
        names.entrySet().stream()
            .filter(each -> each.getValue().claimedBy == session)
            .map(Map.Entry::getKey)
            .toList();
    claims.forEach(this::remove);
  }

  // ---- time

  /** Does something after a message's random time. */
  void travel(Runnable arrival) {
    timer.after(Duration.ofNanos(random.nextLong(maxDelay.toNanos() + 1)), arrival);
  }

  /** Does something when a session that is silent from now on has ended. */
  void afterSessionTimeout(Runnable task) {
    // Sessions end on a tick of the store's.
    long tick = random.nextLong(sessionTimeout.toNanos() / 3);
    timer.after(sessionTimeout.plusNanos(tick), task);
  }

  /** Does something when a client notices that nobody answers. */
  void afterReadTimeout(Runnable task) {
    timer.after(sessionTimeout.multipliedBy(2).dividedBy(3), task);
  }

  /** Does something after the time that a client takes to find a member again. */
  void afterReconnect(Runnable task) {
    timer.after(Duration.ofMillis(random.nextLong(300)), task);
  }
}
