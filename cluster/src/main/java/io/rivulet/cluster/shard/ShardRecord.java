package io.rivulet.cluster.shard;

import java.util.ArrayList;
import java.util.List;

/**
 * Immutable. All that must be known of a shard to own it. It changes by compare-and-set only, and
 * only its owner changes it: whoever wants to own the shard makes himself the owner with the same
 * step.
 *
 * @param shard its number
 * @param epoch grows with each take-over; 0: nobody has owned it yet
 * @param owner the node that took it over last, for people to see; empty if it was let go in order
 * @param ledgers what the log is made of, oldest first
 * @param head position of the first retained batch, or where it will be
 * @param checkpoints of the index, oldest first, at most two
 * @param madeMillis when the shard was made
 * @param lostDisks how many disks of storage nodes its ledgers do without, see {@link LostDisks}
 */
public record ShardRecord(
    int shard,
    long epoch,
    String owner,
    List<Ledger> ledgers,
    long head,
    List<Checkpoint> checkpoints,
    long madeMillis,
    long lostDisks) {

  /** What says that a number is not known yet. */
  public static final long UNKNOWN = -1;

  /**
   * Immutable. One ledger of the log.
   *
   * @param base position of its first entry; {@link #UNKNOWN} while the ledger before it is being
   *     written, for it follows from where that one ends
   * @param lastAppendMillis when its last entry was appended; 0 while it is being written
   * @param sizeBytes of its entries; 0 while it is being written
   * @param entries how many; {@link #UNKNOWN} while it is being written
   * @param isThin some of its entries may be held by fewer storage nodes than there should be
   */
  public record Ledger(
      long id, long base, long lastAppendMillis, long sizeBytes, long entries, boolean isThin) {
    public Ledger(long id, long base, long lastAppendMillis, long sizeBytes, long entries) {
      this(id, base, lastAppendMillis, sizeBytes, entries, false);
    }

    /** One that is being written, or is about to be. */
    public static Ledger open(long id, long base) {
      return new Ledger(id, base, 0, 0, UNKNOWN);
    }

    /** Whether its end is not known: it must be recovered before the log can be read. */
    public boolean isOpen() {
      return entries == UNKNOWN;
    }
  }

  /**
   * Immutable. A checkpoint of the index.
   *
   * @param position of the log up to which it reflects everything
   * @param manifestLedger the ledger that says which ledgers hold its files
   */
  public record Checkpoint(long position, long manifestLedger) {}

  public ShardRecord {
    ledgers = List.copyOf(ledgers);
    checkpoints = List.copyOf(checkpoints);
  }

  /** A shard that nobody has owned yet. */
  public static ShardRecord made(int shard, long madeMillis) {
    return new ShardRecord(shard, 0, "", List.of(), 0, List.of(), madeMillis, 0);
  }

  /** As it is after a take-over that found these ledgers and made the last of them. */
  public ShardRecord takenOver(String newOwner, List<Ledger> newLedgers) {
    return new ShardRecord(
        shard, epoch + 1, newOwner, newLedgers, head, checkpoints, madeMillis, lostDisks);
  }

  public ShardRecord withOwner(String newOwner) {
    return new ShardRecord(
        shard, epoch, newOwner, ledgers, head, checkpoints, madeMillis, lostDisks);
  }

  public ShardRecord withLedgers(List<Ledger> newLedgers) {
    return new ShardRecord(
        shard, epoch, owner, newLedgers, head, checkpoints, madeMillis, lostDisks);
  }

  public ShardRecord withLedger(Ledger added) {
    List<Ledger> grown = new ArrayList<>(ledgers);
    grown.add(added);
    return withLedgers(grown);
  }

  /** Without the ledgers that are known to hold nothing. */
  public ShardRecord withoutEmpty() {
    return withLedgers(ledgers.stream().filter(each -> each.entries() != 0).toList());
  }

  public ShardRecord withHead(long newHead) {
    return new ShardRecord(
        shard, epoch, owner, ledgers, newHead, checkpoints, madeMillis, lostDisks);
  }

  public ShardRecord withCheckpoints(List<Checkpoint> newCheckpoints) {
    return new ShardRecord(
        shard, epoch, owner, ledgers, head, newCheckpoints, madeMillis, lostDisks);
  }

  public ShardRecord withLostDisks(long newLostDisks) {
    return new ShardRecord(
        shard, epoch, owner, ledgers, head, checkpoints, madeMillis, newLostDisks);
  }
}
