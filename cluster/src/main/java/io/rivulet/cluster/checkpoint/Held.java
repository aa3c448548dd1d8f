package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by one thread at a time. What a shard's owner knows of ledgers with checkpoints: the
 * manifests of those that count, and ledgers that nobody needs any more or perhaps does not.
 *
 * <p>A ledger is removed only when it is sure that no checkpoint that counts names it: after a
 * change of the register that succeeded. A ledger that is not removed although nobody needs it,
 * because its owner died or lost the shard, is an orphan that others find by its label.
 */
final class Held {
  private static final Logger LOG = LoggerFactory.getLogger(Held.class);
  private static final int MAX_GARBAGE = 10_000;

  /** After so long what cannot be read holds up new checkpoints no more. */
  private static final Duration GIVE_UP_AFTER = Duration.ofMinutes(5);

  private final CheckpointGround ground;
  private final Manifests manifests;
  private final Map<Checkpoint, Manifest> known = new LinkedHashMap<>();
  private final Map<Checkpoint, Long> unreadableSinceNanos = new HashMap<>();
  private final SortedSet<Long> doubtful = new TreeSet<>();
  private final SortedSet<Long> garbage = new TreeSet<>();

  Held(CheckpointGround ground) {
    this.ground = ground;
    manifests = new Manifests(ground.ledgers());
  }

  /**
   * Reads the manifests of what counts. Those that are damaged, or could not be read for minutes,
   * are taken for holding nothing: they are replaced by the next checkpoints, and their ledgers
   * become orphans.
   */
  void know(List<Checkpoint> kept) throws IOException {
    known
        .entrySet()
        .removeIf(each -> {
          boolean isOver = !kept.contains(each.getKey());
          if (isOver) {
            doubtful.addAll(ledgersOf(each.getKey(), each.getValue()));
          }
          return isOver;
        });
    unreadableSinceNanos.keySet().retainAll(kept);
    for (Checkpoint checkpoint : kept) {
      if (!known.containsKey(checkpoint)) {
        read(checkpoint);
      }
    }
  }

  private void read(Checkpoint checkpoint) throws IOException {
    try {
      known.put(checkpoint, ground.patience().await(manifests.read(checkpoint)));
      unreadableSinceNanos.remove(checkpoint);
    } catch (DamagedCheckpointException e) {
      LOG.error("A checkpoint cannot be used: {}", e.getMessage());
    } catch (IOException e) {
      long now = ground.clock().nanos();
      long since = unreadableSinceNanos.computeIfAbsent(checkpoint, _ -> now);
      if (now - since < GIVE_UP_AFTER.toNanos()) {
        throw e;
      }
      LOG.error("A checkpoint is given up, it could not be read for minutes: {}", e.getMessage());
    }
  }

  void know(Checkpoint checkpoint, Manifest manifest) {
    known.put(checkpoint, manifest);
  }

  /** Those that count and are not damaged, newest first. */
  List<Manifest> manifests(List<Checkpoint> kept) {
    return kept.reversed().stream()
        .flatMap(each -> Optional.ofNullable(known.get(each)).stream())
        .toList();
  }

  /** The newest of them that is not damaged. */
  Optional<Checkpoint> newest(List<Checkpoint> kept) {
    return kept.reversed().stream().filter(known::containsKey).findFirst();
  }

  /** The ledgers with their sizes that those need which are known. */
  Map<Long, Long> ledgers() {
    Map<Long, Long> sizes = new HashMap<>();
    for (Manifest manifest : known.values()) {
      manifest.ledgers().forEach(ledger -> sizes.put(ledger.id(), ledger.sizeBytes()));
    }
    return sizes;
  }

  long ledgerBytes() {
    return ledgers().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Ledgers that were made for what certainly never counted. */
  void discard(List<Long> made) {
    garbage.addAll(made);
  }

  /** Ledgers that were made for what perhaps counts. */
  void doubt(List<Long> made) {
    doubtful.addAll(made);
  }

  /** Only these count from now on, for sure. */
  void settle(List<Checkpoint> kept) {
    garbage.addAll(doubtful);
    doubtful.clear();
    Set<Long> needed = new HashSet<>();
    known
        .entrySet()
        .removeIf(each -> {
          Set<Long> ids = ledgersOf(each.getKey(), each.getValue());
          boolean isOver = !kept.contains(each.getKey());
          (isOver ? garbage : needed).addAll(ids);
          return isOver;
        });
    garbage.removeAll(needed);
    while (garbage.size() > MAX_GARBAGE) {
      garbage.removeFirst();
    }
  }

  /** Removes what nobody needs, as far as the storage answers; the rest next time. */
  void removeGarbage() {
    while (!garbage.isEmpty()) {
      long ledger = garbage.first();
      try {
        ground.patience().await(ground.ledgers().delete(ledger));
      } catch (IOException e) {
        LOG.debug("Ledger {} is not needed and could not be removed", ledger, e);
        return;
      }
      garbage.remove(ledger);
    }
  }

  private static Set<Long> ledgersOf(Checkpoint checkpoint, Manifest manifest) {
    Set<Long> ids = new HashSet<>(manifest.ledgerIds());
    ids.add(checkpoint.manifestLedger());
    return ids;
  }
}
