package io.rivulet.server.rocketmq.connection;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Safe for all threads: under a lock. What one client added to and removed from its lite topics a
 * moment ago.
 *
 * <p>A client's periodic full list is drawn up before a change that is still on its way is
 * confirmed, may arrive after it, and carries no version. Taken literally it would undo the change
 * until the next full list, 30 seconds later. So for a few seconds a single change outweighs a full
 * list. At the bound the oldest changes are forgotten.
 */
public final class RecentLiteChanges {
  private static final long WINDOW_NANOS = Duration.ofSeconds(5).toNanos();
  private static final int MAX_CHANGES = 4096;

  private record Change(boolean isAdded, long nanos) {}

  private final Object lock = new Object();

  @GuardedBy("lock")
  private final LinkedHashMap<String, Change> changes = new LinkedHashMap<>();

  public void added(Collection<String> liteTopics, long nowNanos) {
    note(liteTopics, true, nowNanos);
  }

  public void removed(Collection<String> liteTopics, long nowNanos) {
    note(liteTopics, false, nowNanos);
  }

  /** Forgets changes that were refused after all. */
  public void forget(Collection<String> liteTopics) {
    synchronized (lock) {
      changes.keySet().removeAll(Set.copyOf(liteTopics));
    }
  }

  /** The client gave everything up. */
  public void clear() {
    synchronized (lock) {
      changes.clear();
    }
  }

  /** Corrects a full list by the changes that may have crossed it. */
  public void applyTo(Set<String> fullList, long nowNanos) {
    synchronized (lock) {
      expire(nowNanos);
      changes.forEach((liteTopic, change) -> {
        if (change.isAdded) {
          fullList.add(liteTopic);
        } else {
          fullList.remove(liteTopic);
        }
      });
    }
  }

  private void note(Collection<String> liteTopics, boolean isAdded, long nowNanos) {
    synchronized (lock) {
      expire(nowNanos);
      Change change = new Change(isAdded, nowNanos);
      for (String liteTopic : liteTopics) {
        changes.remove(liteTopic);
        changes.put(liteTopic, change);
      }
      while (changes.size() > MAX_CHANGES) {
        changes.pollFirstEntry();
      }
    }
  }

  @GuardedBy("lock")
  private void expire(long nowNanos) {
    Iterator<Map.Entry<String, Change>> oldestFirst = changes.entrySet().iterator();
    while (oldestFirst.hasNext() && nowNanos - oldestFirst.next().getValue().nanos > WINDOW_NANOS) {
      oldestFirst.remove();
    }
  }
}
