package io.rivulet.cluster.ownership;

import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.MetadataStore.Versioned;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the ownership thread. What the metadata store holds under the names that are followed,
 * as it was last read. A name that has changed is read again; at most one reading of each name is
 * under way.
 *
 * <p>Readings are numbered in the order in which they begin. Who has changed a name himself notes
 * the {@linkplain #now number of now}, and sees his change in what was read {@linkplain #isAsOf
 * later}.
 */
final class Mirror {
  private static final Duration RETRY = Duration.ofMillis(200);

  private static final class Entry {
    final String name;
    final boolean isFolder;
    Optional<Versioned> value = Optional.empty();
    List<String> children = List.of();

    /** Number of the reading that found this; 0: none yet, or none since the connection broke. */
    long readAt;

    boolean isReading;
    boolean isOutdated;

    Entry(String name, boolean isFolder) {
      this.name = name;
      this.isFolder = isFolder;
    }
  }

  private final MetadataStore store;
  private final Turns turns;
  private final Runnable news;
  private final Map<String, Entry> entries = new TreeMap<>();
  private long readings;
  private long connectedAt;
  private boolean isConnected;

  /**
   * Follows nothing yet.
   *
   * @param news what to run when something was read
   */
  Mirror(MetadataStore store, Turns turns, Runnable news) {
    this.store = store;
    this.turns = turns;
    this.news = news;
  }

  // ---- what is followed

  /** Follows the value of a name. */
  void follow(String name) {
    follow(name, false);
  }

  /** Follows the values of all names right below a name. */
  void followFolder(String name) {
    follow(name, true);
  }

  private void follow(String name, boolean isFolder) {
    assert turns.isCurrent();
    if (!entries.containsKey(name)) {
      Entry entry = new Entry(name, isFolder);
      entries.put(name, entry);
      store.watch(name);
      read(entry);
    }
  }

  // ---- what is there

  /** Comes before all readings that begin from now on. */
  long now() {
    return readings;
  }

  /** Whether a name was read after the given time, and since the store is connected. */
  boolean isAsOf(String name, long then) {
    Entry entry = entries.get(name);
    return entry != null && entry.readAt > Math.max(then, connectedAt);
  }

  Optional<Versioned> value(String name) {
    Entry entry = entries.get(name);
    return entry == null ? Optional.empty() : entry.value;
  }

  /** The names right below a folder, with their values, as far as these were read. */
  SortedMap<String, Versioned> folder(String name) {
    SortedMap<String, Versioned> found = new TreeMap<>();
    Entry folder = entries.get(name);
    if (folder != null) {
      for (String child : folder.children) {
        value(name + "/" + child).ifPresent(value -> found.put(child, value));
      }
    }
    return found;
  }

  /** Whether a folder and all in it was read since the store is connected. */
  boolean isFolderKnown(String name) {
    Entry folder = entries.get(name);
    return folder != null
        && isAsOf(name, 0)
        && folder.children.stream().allMatch(child -> isAsOf(name + "/" + child, 0));
  }

  // ---- reading

  /** The store answers: what was read before may have changed. */
  void connected() {
    isConnected = true;
    connectedAt = readings;
    entries.values().forEach(this::read);
  }

  /** The store does not answer: what was read is kept, for want of something better. */
  void suspended() {
    isConnected = false;
    connectedAt = Long.MAX_VALUE;
  }

  /** Reads a name again if it is followed. */
  void refresh(String name) {
    assert turns.isCurrent();
    Entry entry = entries.get(name);
    if (entry != null) {
      read(entry);
    }
  }

  /** Reads everything again. */
  void refreshAll() {
    entries.values().forEach(this::read);
  }

  private void read(Entry entry) {
    if (!isConnected) {
      return;
    }
    if (entry.isReading) {
      entry.isOutdated = true;
      return;
    }
    entry.isReading = true;
    entry.isOutdated = false;
    long number = ++readings;
    if (entry.isFolder) {
      finish(store.children(entry.name), entry, children -> found(entry, number, children));
    } else {
      finish(
          store.get(entry.name),
          entry,
          value -> {
            entry.value = value;
            entry.readAt = number;
          });
    }
  }

  private interface Found<T> {
    void take(T found);
  }

  private <T> void finish(CompletableFuture<T> answer, Entry entry, Found<T> found) {
    var _ =
        answer.whenComplete(
            (value, failure) -> turns.execute(() -> finished(entry, found, value, failure)));
  }

  private <T> void finished(Entry entry, Found<T> found, T value, @Nullable Throwable failure) {
    entry.isReading = false;
    if (failure != null) {
      turns.after(RETRY, () -> read(entry));
      return;
    }
    found.take(value);
    if (entry.isOutdated) {
      read(entry);
    }
    news.run();
  }

  private void found(Entry folder, long number, List<String> children) {
    folder.children = children;
    folder.readAt = number;
    for (String child : children) {
      follow(folder.name + "/" + child);
    }
  }
}
