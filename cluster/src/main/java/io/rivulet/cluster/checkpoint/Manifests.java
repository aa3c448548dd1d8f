package io.rivulet.cluster.checkpoint;

import io.rivulet.cluster.ledger.LedgerException;
import io.rivulet.cluster.ledger.LedgerStore;
import io.rivulet.cluster.shard.ShardRecord.Checkpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Safe for all threads: stateless. Reads manifests out of their ledgers, without blocking anybody.
 */
public final class Manifests {
  private final LedgerStore ledgers;

  public Manifests(LedgerStore ledgers) {
    this.ledgers = ledgers;
  }

  /**
   * The manifest of a checkpoint; fails with {@link DamagedCheckpointException} if it is not there
   * or not whole, with {@link LedgerException} if it cannot be read just now.
   */
  public CompletableFuture<Manifest> read(Checkpoint checkpoint) {
    return ledgers
        .open(checkpoint.manifestLedger())
        .thenCompose(reader -> new Reading(reader).rest().whenComplete((_, _) -> reader.close()))
        .handle((bytes, failure) -> {
          try {
            if (failure != null) {
              throw explained(checkpoint, failure);
            }
            return decode(checkpoint, bytes);
          } catch (IOException e) {
            throw new CompletionException(e);
          }
        });
  }

  private static Manifest decode(Checkpoint checkpoint, byte[] bytes)
      throws DamagedCheckpointException {
    Manifest found = Manifest.decode(bytes, "ledger " + checkpoint.manifestLedger());
    if (found.position() != checkpoint.position()) {
      throw new DamagedCheckpointException(
          "ledger %d holds the manifest of position %d, not of %d"
              .formatted(checkpoint.manifestLedger(), found.position(), checkpoint.position()));
    }
    return found;
  }

  /**
   * All ledgers that a shard's checkpoints need, those of the manifests included: none of them is
   * an orphan. Fails if one of the manifests cannot be read, since then nobody knows.
   */
  public CompletableFuture<Set<Long>> ledgersOf(List<Checkpoint> checkpoints) {
    CompletableFuture<Set<Long>> all = CompletableFuture.completedFuture(new HashSet<>());
    for (Checkpoint checkpoint : checkpoints) {
      all =
          all.thenCombine(
              read(checkpoint),
              (ids, manifest) -> {
                ids.add(checkpoint.manifestLedger());
                ids.addAll(manifest.ledgerIds());
                return ids;
              });
    }
    return all;
  }

  private static IOException explained(Checkpoint checkpoint, Throwable failure) {
    IOException reason = Patience.reasonOf(failure);
    return isGone(reason)
        ? new DamagedCheckpointException(
            "the manifest of the checkpoint of position %d, ledger %d, is not there"
                .formatted(checkpoint.position(), checkpoint.manifestLedger()),
            reason)
        : reason;
  }

  static boolean isGone(IOException failure) {
    return failure instanceof LedgerException ledger
        && ledger.reason() == LedgerException.Reason.NOT_FOUND;
  }

  /** Owned by one thread after the other. Reads entry after entry. */
  private static final class Reading {
    private final LedgerStore.Reader reader;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long entry;

    Reading(LedgerStore.Reader reader) {
      this.reader = reader;
    }

    CompletableFuture<byte[]> rest() {
      // What is too large is no manifest, which its checksum will tell.
      if (entry > reader.lastEntry() || bytes.size() > Manifest.MAX_BYTES) {
        return CompletableFuture.completedFuture(bytes.toByteArray());
      }
      return reader
          .read(entry, entry)
          .thenCompose(found -> {
            found.forEach(this::add);
            entry++;
            return rest();
          });
    }

    private void add(ByteBuffer part) {
      byte[] copy = new byte[part.remaining()];
      part.get(copy);
      bytes.writeBytes(copy);
    }
  }
}
