package io.rivulet.engine.shard;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
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
  private final TreeMap<Integer, LinkedHashSet<Progress>> byPriority =
      new TreeMap<>(Comparator.reverseOrder());
  private int size;

  /** Adds a queue; false if it was there. */
  boolean add(Progress progress) {
    boolean isNew =
        byPriority
            .computeIfAbsent(progress.queue.priority, _ -> new LinkedHashSet<>())
            .add(progress);
    if (isNew) {
      size++;
      progress.readySets++;
    }
    return isNew;
  }

  /** Takes the first queue out. */
  @Nullable Progress poll() {
    Map.Entry<Integer, LinkedHashSet<Progress>> highest = byPriority.firstEntry();
    if (highest == null) {
      return null;
    }
    Progress first = highest.getValue().removeFirst();
    if (highest.getValue().isEmpty()) {
      byPriority.remove(highest.getKey());
    }
    size--;
    first.readySets--;
    return first;
  }

  /** Takes a queue out; false if it was not there. */
  boolean remove(Progress progress) {
    LinkedHashSet<Progress> alike = byPriority.get(progress.queue.priority);
    if (alike == null || !alike.remove(progress)) {
      return false;
    }
    if (alike.isEmpty()) {
      byPriority.remove(progress.queue.priority);
    }
    size--;
    progress.readySets--;
    return true;
  }

  void forEach(Consumer<Progress> visitor) {
    byPriority.values().forEach(all -> all.forEach(visitor));
  }

  /** Takes everything out. */
  void clear() {
    forEach(each -> each.readySets--);
    byPriority.clear();
    size = 0;
  }

  boolean contains(Progress progress) {
    LinkedHashSet<Progress> alike = byPriority.get(progress.queue.priority);
    return alike != null && alike.contains(progress);
  }

  /** Whether all that stand here have a lower priority. */
  boolean isBelow(int priority) {
    return byPriority.isEmpty() || byPriority.firstKey() < priority;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }
}
