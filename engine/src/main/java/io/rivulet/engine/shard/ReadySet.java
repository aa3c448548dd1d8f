package io.rivulet.engine.shard;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. The queues that hold something a subscriber may take now: highest
 * priority first, within one priority the one that has waited longest.
 *
 * <p>A queue that is shared by several subscribers stands in the ready set of each; the first to
 * take it wins, and the others find it no longer deliverable and drop it. Adding and taking are
 * O(log priorities in use).
 */
final class ReadySet {
  private final TreeMap<Integer, ArrayDeque<Progress>> byPriority =
      new TreeMap<>(Comparator.reverseOrder());
  private final Set<Progress> members = new HashSet<>();

  /** Adds a queue; false if it was there. */
  boolean add(Progress progress) {
    if (!members.add(progress)) {
      return false;
    }
    byPriority.computeIfAbsent(progress.queue.priority, _ -> new ArrayDeque<>()).addLast(progress);
    return true;
  }

  /** Takes the first queue out. */
  @Nullable Progress poll() {
    while (true) {
      Map.Entry<Integer, ArrayDeque<Progress>> highest = byPriority.firstEntry();
      if (highest == null) {
        return null;
      }
      Progress first = highest.getValue().pollFirst();
      if (first == null) {
        byPriority.remove(highest.getKey());
      } else {
        members.remove(first);
        return first;
      }
    }
  }

  boolean contains(Progress progress) {
    return members.contains(progress);
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  int size() {
    return members.size();
  }
}
