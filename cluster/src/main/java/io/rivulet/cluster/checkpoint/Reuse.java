package io.rivulet.cluster.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Owned by one thread. Tells which files of a snapshot are stored already, for an earlier
 * checkpoint, and which are to be stored.
 *
 * <p>A ledger that holds many small files is not kept for the sake of a few of them: with less than
 * half of it needed, these are stored anew, so that what is kept takes at most twice what is
 * needed.
 */
final class Reuse {
  private final TreeMap<String, StoredFile> stored = new TreeMap<>();
  private final Map<String, LocalFile> local = new HashMap<>();
  private final TreeMap<String, LocalFile> fresh = new TreeMap<>();
  private final Map<Long, Manifest.Ledger> ledgers = new HashMap<>();

  /**
   * Compares files with those of earlier checkpoints.
   *
   * @param earlier newest first
   */
  Reuse(List<LocalFile> files, List<Manifest> earlier, CheckpointGround ground, StopSign stop)
      throws IOException {
    List<Map<String, StoredFile>> names = new ArrayList<>();
    for (Manifest manifest : earlier) {
      manifest.ledgers().forEach(ledger -> ledgers.put(ledger.id(), ledger));
      Map<String, StoredFile> byName = new HashMap<>();
      manifest.files().forEach(file -> byName.put(file.name(), file));
      names.add(byName);
    }
    for (LocalFile file : files) {
      local.put(file.name(), file);
      Optional<StoredFile> found = find(file, names, ground, stop);
      found.ifPresent(known -> stored.put(file.name(), known));
      if (found.isEmpty()) {
        fresh.put(file.name(), file);
      }
    }
    needed()
        .forEach((ledger, bytes) -> {
          if (bytes * 2 < known(ledger).sizeBytes()) {
            giveUp(ledger);
          }
        });
  }

  /** The ledgers of the files that are stored already, each with the bytes of these. */
  private Map<Long, Long> needed() {
    Map<Long, Long> needed = new HashMap<>();
    stored.values().forEach(file -> needed.merge(file.ledger(), file.sizeBytes(), Long::sum));
    return needed;
  }

  private Manifest.Ledger known(long ledger) {
    return Objects.requireNonNull(ledgers.get(ledger));
  }

  /**
   * Gives ledgers up that fewer storage nodes may hold than should, the oldest first, so that what
   * they hold is stored again.
   *
   * @param lostDisks how many there are by now
   * @param atMostBytes of files; those of one ledger may be more
   * @param roomBytes for these files, however many ledgers they are of
   * @return how many ledgers were given up
   */
  int renew(long lostDisks, long atMostBytes, long roomBytes) {
    Map<Long, Long> needed = needed();
    List<Long> thin =
        needed.keySet().stream().filter(id -> known(id).isThin(lostDisks)).sorted().toList();
    long bytes = 0;
    int count = 0;
    for (long ledger : thin) {
      long more = Objects.requireNonNull(needed.get(ledger));
      long bound = count == 0 ? roomBytes : Math.min(atMostBytes, roomBytes);
      if (bytes + more <= bound) {
        giveUp(ledger);
        bytes += more;
        count++;
      }
    }
    return count;
  }

  private static Optional<StoredFile> find(
      LocalFile file, List<Map<String, StoredFile>> names, CheckpointGround ground, StopSign stop)
      throws IOException {
    for (Map<String, StoredFile> byName : names) {
      StoredFile known = byName.get(file.name());
      if (known != null && known.sizeBytes() == file.sizeBytes()) {
        long sum = ground.sums().of(file.path(), ground.pace(), ground.patience(), stop);
        if (known.holds(file.name(), file.sizeBytes(), sum)) {
          return Optional.of(known);
        }
      }
    }
    return Optional.empty();
  }

  /** Nothing that this ledger holds is to be used again. */
  void giveUp(long ledger) {
    stored
        .values()
        .removeIf(file -> {
          boolean isThere = file.ledger() == ledger;
          if (isThere) {
            fresh.put(file.name(), Objects.requireNonNull(local.get(file.name())));
          }
          return isThere;
        });
  }

  /** Files that are stored already, by name. */
  Collection<StoredFile> stored() {
    return stored.values();
  }

  /** The first of these after a name, or the first of all. */
  Optional<StoredFile> storedAfter(String name) {
    Map.Entry<String, StoredFile> next = stored.higherEntry(name);
    return Optional.ofNullable(next == null ? stored.firstEntry() : next).map(Map.Entry::getValue);
  }

  /** Files to be stored, by name. */
  Collection<LocalFile> fresh() {
    return fresh.values();
  }

  long freshBytes() {
    return fresh.values().stream().mapToLong(LocalFile::sizeBytes).sum();
  }

  long sharedBytes() {
    return stored.values().stream().mapToLong(StoredFile::sizeBytes).sum();
  }

  /** The ledgers of the files that are stored already. */
  List<Manifest.Ledger> ledgers() {
    return stored.values().stream().map(StoredFile::ledger).distinct().map(this::known).toList();
  }
}
