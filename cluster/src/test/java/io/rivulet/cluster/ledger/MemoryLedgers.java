package io.rivulet.cluster.ledger;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.ledger.LedgerException.Reason;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. Ledgers in memory: one of these for all nodes, and for
 * each node a {@link MemoryLedgerNode} that may be cut off, paused or killed.
 *
 * <p>A request travels for a random time, is carried out, and its answer travels back; so appends
 * may be under way when somebody recovers their ledger. As in BookKeeper: what was acknowledged to
 * the writer is in the recovered ledger; of what was under way, an unbroken beginning may be; what
 * arrives after the recovery fails as fenced. A ledger that was deleted still takes the appends of
 * its writer, who learns nothing of it. What is read is there at once.
 *
 * <p>Which storage nodes hold which ledger is not modelled: only how many of them run.
 */
public final class MemoryLedgers {
  /** What one ledger holds, as the storage nodes see it. */
  static final class Ledger {
    final long id;
    final LedgerStore.Label label;
    final int copies;
    final List<ByteBuffer> entries = new ArrayList<>();
    long sizeBytes;
    boolean isThin;
    boolean isFenced;
    boolean isEnded;

    Ledger(long id, LedgerStore.Label label, int copies) {
      this.id = id;
      this.label = label;
      this.copies = copies;
      isThin = copies < LedgerStore.COPIES;
    }
  }

  /** What is carried out where the ledgers are. */
  @FunctionalInterface
  interface Request<T> {
    T run() throws LedgerException;
  }

  private final Timer timer;
  private final RandomGenerator random;
  private final TreeMap<Long, Ledger> ledgers = new TreeMap<>();
  private Duration maxDelay = Duration.ofMillis(5);
  private Duration timeOut = Duration.ofSeconds(1);
  private int storageNodes = LedgerStore.COPIES;
  private boolean isNearlyFull;
  private long lastId = -1;

  /**
   * Makes a cluster of three storage nodes without ledgers.
   *
   * @param timer runs what it is given on the thread of the simulation, in the order of time
   * @param random decides how long each message travels
   */
  public MemoryLedgers(Timer timer, RandomGenerator random) {
    this.timer = timer;
    this.random = random;
  }

  /** The ledgers as one node sees them. */
  public MemoryLedgerNode node(String name) {
    return new MemoryLedgerNode(name, this);
  }

  /** How many storage nodes run; with fewer than two nothing can be written, with none read. */
  public void setStorageNodes(int count) {
    storageNodes = count;
  }

  public void setNearlyFull(boolean isFull) {
    isNearlyFull = isFull;
  }

  /** How long a message travels at most, each way, and when who waits for an answer gives up. */
  public void setDelays(Duration newMaxDelay, Duration newTimeOut) {
    maxDelay = newMaxDelay;
    timeOut = newTimeOut;
  }

  // ---- what a test looks at, without any travelling

  /** All ledgers that exist. */
  public List<LedgerStore.Listed> ledgers() {
    return ledgers.values().stream()
        .map(each -> new LedgerStore.Listed(each.id, each.label))
        .toList();
  }

  /** Whether all entries of a ledger are held by as many storage nodes as there should be. */
  public boolean isWhole(long id) {
    return !Objects.requireNonNull(ledgers.get(id)).isThin;
  }

  /** The label of a ledger that exists. */
  public LedgerStore.Label label(long id) {
    return Objects.requireNonNull(ledgers.get(id)).label;
  }

  /** What the storage nodes hold of a ledger, acknowledged or not. */
  public List<ByteBuffer> entries(long id) {
    Ledger ledger = ledgers.get(id);
    return ledger == null
        ? List.of()
        : ledger.entries.stream().map(ByteBuffer::asReadOnlyBuffer).toList();
  }

  /** Whether a ledger's writer can append no more. */
  public boolean isFenced(long id) {
    Ledger ledger = ledgers.get(id);
    return ledger != null && ledger.isFenced;
  }

  // ---- what happens at the storage nodes

  Ledger create(LedgerStore.Label label) throws LedgerException {
    checkWritable("no ledger can be made");
    Ledger made = new Ledger(++lastId, label, Math.min(LedgerStore.COPIES, storageNodes));
    ledgers.put(made.id, made);
    return made;
  }

  /** Stores an entry if it is the next one; what follows a lost one is lost, too. */
  void append(Ledger ledger, long number, ByteBuffer entry) throws LedgerException {
    if (ledger.isFenced) {
      throw new LedgerException(
          Reason.FENCED, "ledger " + ledger.id + " was recovered by another node");
    }
    checkWritable("nothing can be appended to ledger " + ledger.id);
    if (number != ledger.entries.size()) {
      throw new LedgerException(
          Reason.UNAVAILABLE,
          "entry %d of ledger %d comes after a lost one".formatted(number, ledger.id));
    }
    ledger.isThin |= storageNodes < LedgerStore.COPIES;
    ledger.entries.add(entry);
    ledger.sizeBytes += entry.remaining();
  }

  Ledger recover(long id) throws LedgerException {
    Ledger ledger = find(id);
    if (!ledger.isEnded) {
      checkWritable("ledger " + id + " cannot be recovered");
      ledger.isFenced = true;
      ledger.isEnded = true;
    }
    return ledger;
  }

  /** Ends a ledger by its writer, who knows how many entries were acknowledged. */
  Ledger end(Ledger ledger) throws LedgerException {
    if (ledger.isFenced) {
      throw new LedgerException(
          Reason.FENCED, "ledger " + ledger.id + " was recovered by another node");
    }
    ledger.isEnded = true;
    ledger.isFenced = true;
    return ledger;
  }

  Ledger open(long id) throws LedgerException {
    Ledger ledger = find(id);
    if (!ledger.isEnded) {
      throw new LedgerException(Reason.UNAVAILABLE, "ledger " + id + " has not ended");
    }
    return ledger;
  }

  Ledger peek(long id) throws LedgerException {
    return find(id);
  }

  boolean delete(long id) {
    return ledgers.remove(id) != null;
  }

  List<ByteBuffer> read(Ledger ledger, long first, long last) throws LedgerException {
    if (storageNodes == 0) {
      throw new LedgerException(Reason.UNAVAILABLE, "no storage node runs");
    }
    if (!ledgers.containsKey(ledger.id)) {
      throw new LedgerException(Reason.NOT_FOUND, "ledger " + ledger.id + " was deleted");
    }
    return ledger.entries.subList((int) first, (int) last + 1).stream()
        .map(ByteBuffer::asReadOnlyBuffer)
        .toList();
  }

  int storageNodes() {
    return storageNodes;
  }

  boolean isNearlyFull() {
    return isNearlyFull;
  }

  // ---- travelling

  /** Lets a message arrive after a random time. */
  void travel(Runnable arrival) {
    timer.after(Duration.ofNanos(random.nextLong(maxDelay.toNanos() + 1)), arrival);
  }

  void giveUpLater(Runnable givingUp) {
    timer.after(timeOut, givingUp);
  }

  /** Completes a future with what a request gives. */
  static <T> Runnable outcome(Request<T> request, CompletableFuture<T> future) {
    T result = null;
    LedgerException failure = null;
    try {
      result = request.run();
    } catch (LedgerException e) {
      failure = e;
    }
    T answer = result;
    @Nullable LedgerException refusal = failure;
    return () -> {
      if (answer != null) {
        future.complete(answer);
      } else if (refusal != null) {
        future.completeExceptionally(refusal);
      }
    };
  }

  private Ledger find(long id) throws LedgerException {
    Ledger ledger = ledgers.get(id);
    if (storageNodes == 0) {
      throw new LedgerException(Reason.UNAVAILABLE, "no storage node runs");
    }
    if (ledger == null) {
      throw new LedgerException(Reason.NOT_FOUND, "there is no ledger " + id);
    }
    return ledger;
  }

  private void checkWritable(String what) throws LedgerException {
    if (storageNodes < 2) {
      throw new LedgerException(
          Reason.NOT_ENOUGH_NODES, what + ": storage nodes that run: " + storageNodes);
    }
  }
}
