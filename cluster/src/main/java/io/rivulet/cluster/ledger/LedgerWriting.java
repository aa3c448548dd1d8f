package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.LedgerStore.Reader;
import io.rivulet.cluster.ledger.LedgerStore.Writer;
import io.rivulet.cluster.ledger.RecentEntries.Entry;
import io.rivulet.cluster.shard.OwnedRecord;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.log.LogListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: one lock; what readers look at is volatile. Puts entries into ledgers, one
 * after the other.
 *
 * <p><b>Rolling.</b> The next ledger is made and put into the shard's record while entries go on
 * into the old one. Then new entries wait until all of the old ledger are acknowledged, and go into
 * the next one: so nothing is ever in a ledger unless all that precedes it is in those before it.
 *
 * <p><b>Holding.</b> A ledger that takes no more (too few nodes, or it was fenced) is recovered and
 * followed by a new one, which gets what did not survive, under the same positions: whoever appends
 * notices nothing but a delay, and while too few nodes run, reads go on. If it was fenced by a new
 * owner, the change of the shard's record fails, and that ends the log; if it is not known whether
 * it was, because the metadata store does not answer, the {@link HoldLimit} does.
 */
final class LedgerWriting {
  private static final Logger logger = LoggerFactory.getLogger(LedgerWriting.class);

  private static final Duration TICK = Duration.ofSeconds(1);

  private static final Duration RETRY = Duration.ofMillis(500);

  /** So long may a storage node take to fail. */
  private static final Duration LATE = Duration.ofSeconds(10);

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private static final CompletableFuture<Optional<Writer>> NOTHING =
      CompletableFuture.completedFuture(Optional.empty());

  private final LedgerLogConfig config;
  private final Surroundings around;
  private final OwnedRecord owned;
  private final ShardLedgers ledgers;
  private final LogParts parts;
  private final EntryQueue entries;
  private final Sending sending;
  private final RollRule rule;
  private final Refilling refilling;
  private final LostDiskWatch lostDisks;
  private final HoldLimit holdLimit;
  private final ReentrantLock lock = new ReentrantLock();

  // Changed under the lock, all of them; those that are not volatile are read under it, too.
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile LogState state = LogState.WRITING;
  private volatile Writer writer;
  private volatile long heldSinceNanos;
  private CompletableFuture<Optional<Writer>> rolling = NOTHING;
  private long survivedEnd;
  private long joining = ShardRecord.UNKNOWN;
  private @Nullable IOException failure;
  private boolean isClosing;
  private boolean isReleasing;
  private boolean isFinishing;

  /**
   * Goes on where a log ends.
   *
   * @param found its parts, all but the last one ended; the last one is empty and the writer's
   * @param end position after the last byte
   */
  LedgerWriting(
      LedgerLogConfig config,
      Surroundings around,
      OwnedRecord owned,
      List<LogPart> found,
      Writer writer,
      long end) {
    this.config = config;
    this.around = around;
    this.owned = owned;
    this.writer = writer;
    ledgers = new ShardLedgers(around, owned, this::described);
    parts = new LogParts(found);
    rule = new RollRule(config, around);
    lostDisks = new LostDiskWatch(around, owned, this::distrust);
    refilling = new Refilling(config, around, ledgers, parts, this::swap);
    holdLimit = new HoldLimit(config.holdLimit(), around);
    LogPart last = parts.last();
    last.setLive(writer.reader());
    entries = new EntryQueue(config.hotBytes(), last.first(), end, last.lastAppendMillis());
    sending = new Sending(entries.acknowledgements(), new Outcome());
    heldSinceNanos = around.clock().nanos();
  }

  void start(LogListener listener) {
    entries.acknowledgements().listen(listener);
    var _ = owned.whenLost().thenAccept(this::fail);
    around.timer().after(TICK, this::tick);
  }

  // ---- what readers look at

  LogParts parts() {
    return parts;
  }

  EntryQueue entries() {
    return entries;
  }

  /** Where entries go just now. */
  Writer writer() {
    return writer;
  }

  /** How long nothing could be written; zero: it can be. */
  Duration heldFor() {
    return state == LogState.HOLDING
        ? Duration.ofNanos(around.clock().nanos() - heldSinceNanos)
        : Duration.ZERO;
  }

  boolean hasRoomFor(int bytes, Urgency urgency) {
    boolean isUrgent = urgency == Urgency.RESERVE;
    long most = isUrgent ? 2 * config.maxUnwrittenBytes() : config.maxUnwrittenBytes();
    return bytes <= Positions.MAX_ENTRY_BYTES
        && state.isWriting()
        && entries.unacknowledgedBytes() + bytes <= most
        && around.ledgers().writableNodes() >= 2
        && (isUrgent || !around.ledgers().isNearlyFull());
  }

  // ---- appending

  long append(ByteBuffer payload) {
    Entry entry;
    lock.lock();
    try {
      checkAppendable(payload.remaining());
      LogPart part = parts.last();
      long nowMillis = around.clock().wallMillis();
      entry = entries.add(payload, Math.max(part.lastAppendMillis(), nowMillis));
      part.grow(entry);
      if (state == LogState.WRITING) {
        send(entry);
      }
      rollIfDue();
    } finally {
      lock.unlock();
    }
    return Positions.of(entry.index());
  }

  private void checkAppendable(int length) {
    if (!entries.acknowledgements().isListenedTo() || isClosing || state.isOver()) {
      throw new IllegalStateException(
          "the log takes no appends: "
              + (entries.acknowledgements().isListenedTo()
                  ? "sealed, closed or failed"
                  : "not started"),
          failure);
    }
    Positions.checkEntry(length);
  }

  private void send(Entry entry) {
    entries.sent(entry);
    sending.send(writer, entry, entry.index() - parts.last().first());
  }

  private void sendAll() {
    Writer to = writer;
    for (Entry entry : entries.unacknowledged()) {
      // What is sent may fail at once.
      if (state == LogState.WRITING && writer.equals(to)) {
        send(entry);
      }
    }
  }

  /** What becomes of the entries that are sent. */
  private final class Outcome implements Sending.Outcome {
    @Override
    public void acknowledged(Writer by, Entry entry) {
      locked(() -> {
        if (by.equals(writer) && state.isWriting()) {
          entries.acknowledge(entry.index() + 1);
          switchOverIfComplete();
          finishIfClosing();
        }
      });
    }

    @Override
    public void failed(Writer by, LedgerException cause) {
      writeFailed(by, cause);
    }

    @Override
    public void broken(Throwable cause) {
      fail(cause);
    }
  }

  // ---- rolling

  private void tick() {
    if (state.isOver()) {
      return;
    }
    locked(() -> {
      rollIfDue();
      entries.forgetOld(around.clock().wallMillis());
    });
    if (state == LogState.HOLDING && holdLimit.isOver()) {
      fail(holdLimit.failure());
    }
    ledgers.deleteAgain();
    refilling.turn();
    lostDisks.turn();
    around.timer().after(TICK, this::tick);
  }

  private void rollIfDue() {
    if (state == LogState.WRITING
        && rolling.isDone()
        && !isClosing
        && rule.isDue(parts.last(), writer)) {
      rolling = new CompletableFuture<>();
      rule.begun();
      var _ =
          ledgers
              .create()
              .whenComplete((made, cause) -> {
                if (cause == null) {
                  join(made);
                } else {
                  rollFailed(LedgerException.of(cause));
                }
              });
    }
  }

  private void rollFailed(LedgerException cause) {
    logger.warn("{}: no new ledger, the old one goes on: {}", owned, cause.getMessage());
    locked(() -> {
      rule.failed();
      rolling.complete(Optional.empty());
      finishIfClosing();
    });
  }

  /** The record is to name the ledger before anything is in it. */
  private void join(Writer made) {
    locked(() -> joining = made.id());
    var _ = ledgers.describe(made).thenRun(() -> joined(made)).exceptionally(this::failed);
  }

  private void joined(Writer made) {
    locked(() -> {
      joining = ShardRecord.UNKNOWN;
      if (state == LogState.WRITING) {
        LogPart old = parts.last();
        parts.add(new LogPart(made.id(), entries.end(), old.lastAppendMillis()));
        state = LogState.SWITCHING;
      }
      rolling.complete(Optional.of(made));
      switchOverIfComplete();
      finishIfClosing();
    });
  }

  private void switchOverIfComplete() {
    LogPart fresh = parts.last();
    if (state != LogState.SWITCHING || entries.acknowledgedEnd() < fresh.first()) {
      return;
    }
    Writer next = rolling.join().orElseThrow();
    LogPart old = parts.lastButOne();
    Writer ending = writer;
    fresh.setLive(next.reader());
    writer = next;
    rolling = NOTHING;
    state = LogState.WRITING;
    rule.switched();
    if (old.isEmpty()) {
      dropEmpty(old);
    } else {
      end(old, ending);
    }
    sendAll();
  }

  /** Ends the ledger of a part, and then lets the record say where. */
  private void end(LogPart part, Writer ending) {
    Attempts attempts =
        new Attempts(around, Attempts.NO_LIMIT, () -> !state.isOver() && parts.contains(part));
    var _ =
        ledgers
            .end(ending, attempts)
            .whenComplete((entryCount, failure) -> {
              if (failure == null && entryCount == part.end() - part.first()) {
                locked(() -> {
                  part.ended(ending);
                  finishIfClosing();
                });
                around.timer().after(LATE, () -> checkThin(part, ending));
                var _ = ledgers.describe();
              } else if (failure == null) {
                fail(unexpectedEnd(part.first() + entryCount));
              } else if (parts.contains(part)) {
                fail(failure);
              }
            });
  }

  /** What one node failed to take may be known only after the others had taken it. */
  private void checkThin(LogPart part, Writer ended) {
    if (ended.isThin() && !part.isThin() && parts.contains(part)) {
      part.setThin();
      var _ = ledgers.describe();
    }
  }

  /** All may be held by too few nodes. */
  private void distrust(Runnable noted) {
    locked(() -> {
      parts.distrust();
      noted.run();
    });
    var _ = ledgers.describe();
  }

  /** A copy that more nodes hold takes the place of a part. */
  private void swap(Refilling.Copied copied) {
    locked(() -> {
      if (parts.contains(copied.part()) && !state.isOver()) {
        parts.replace(copied);
        ledgers.describeAndDelete(List.of(copied.part().ledgerId()));
      } else {
        ledgers.delete(copied.copy().ledgerId());
      }
    });
  }

  private void dropEmpty(LogPart part) {
    parts.remove(part);
    part.ended();
    ledgers.describeAndDelete(List.of(part.ledgerId()));
  }

  // ---- holding

  private void writeFailed(Writer by, LedgerException cause) {
    locked(() -> {
      if (!by.equals(writer) || !state.isWriting()) {
        return;
      }
      logger.warn("{}: nothing can be written, trying anew: {}", owned, cause.getMessage());
      if (state == LogState.SWITCHING) {
        parts.mergeLast();
      }
      state = LogState.HOLDING;
      heldSinceNanos = around.clock().nanos();
      holdLimit.begin();
      if (isReleasing) {
        release();
      } else {
        // If it was fenced by a new owner, he gets the time to say so in the record.
        hold(cause.reason() == Reason.FENCED ? RETRY : Duration.ZERO);
      }
    });
  }

  /** Finds out what survived, and lets the rest go into another ledger. */
  private void hold(Duration delay) {
    Attempts attempts = new Attempts(around, config.holdLimit(), () -> state == LogState.HOLDING);
    long id = writer.id();
    var _ =
        attempts
            .untilDone(delay, () -> around.ledgers().recover(id))
            .thenCompose(this::survived)
            .thenCompose(found ->
                found.isPresent()
                    ? CompletableFuture.completedFuture(found.get())
                    : attempts.untilDone(Duration.ZERO, ledgers::create))
            .whenComplete((made, failure) -> {
              if (failure == null) {
                resume(made);
              } else {
                fail(failure);
              }
              entries.acknowledgements().tell();
            });
  }

  /** Takes note of what survived; gives the ledger that was being made anyhow, if one was. */
  private CompletableFuture<Optional<Writer>> survived(Reader reader) {
    lock.lock();
    try {
      LogPart part = parts.last();
      part.setLive(reader);
      survivedEnd = part.first() + reader.lastEntry() + 1;
      if (survivedEnd < entries.acknowledgedEnd() || survivedEnd > entries.sentEnd()) {
        throw new CompletionException(unexpectedEnd(survivedEnd));
      }
      if (state == LogState.HOLDING) {
        entries.acknowledge(survivedEnd);
      }
      return rolling;
    } finally {
      lock.unlock();
    }
  }

  private void resume(Writer made) {
    lock.lock();
    try {
      if (state != LogState.HOLDING) {
        return;
      }
      LogPart old = parts.last();
      parts.splitLast(
          survivedEnd, entries.lastAcknowledgedMillis(), entries.unacknowledged(), made);
      if (old.isEmpty()) {
        dropEmpty(old);
      }
    } finally {
      lock.unlock();
    }
    var _ = ledgers.describe(made).thenRun(() -> resumed(made)).exceptionally(this::failed);
  }

  private void resumed(Writer made) {
    locked(() -> {
      if (state == LogState.HOLDING) {
        logger.info("{}: entries are written again, to {} nodes", owned, made.copies());
        around.counters().holds.increment();
        around.counters().heldMillis.add(heldFor().toMillis());
        writer = made;
        state = LogState.WRITING;
        rolling = NOTHING;
        rule.switched();
        sendAll();
      }
    });
  }

  private CorruptLogException unexpectedEnd(long end) {
    return new CorruptLogException(
        "a ledger of %s turned out to end before entry %d of the log, which it cannot"
            .formatted(owned, end));
  }

  // ---- the record

  /** The record as the parts are now. */
  private ShardRecord described(ShardRecord shardRecord) {
    lock.lock();
    try {
      ShardRecord described = lostDisks.described(parts.described(shardRecord));
      if (isFinishing) {
        return described.withoutEmpty().withOwner("");
      }
      return joining == ShardRecord.UNKNOWN
          ? described
          : described.withLedger(ShardRecord.Ledger.open(joining, ShardRecord.UNKNOWN));
    } finally {
      lock.unlock();
    }
  }

  /** Removes and returns parts that end at or below a position. */
  List<LogPart> trim(long before) {
    List<LogPart> removed;
    lock.lock();
    try {
      removed = parts.trim(before, entries.endPosition(), entries.acknowledgedEnd());
    } finally {
      lock.unlock();
    }
    if (!removed.isEmpty()) {
      ledgers.describeAndDelete(removed.stream().map(LogPart::ledgerId).toList());
    }
    return removed;
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }

  // ---- the end

  /** Takes no more appends. */
  long seal() {
    lock.lock();
    try {
      isClosing = true;
      return entries.endPosition();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the log in order as far as that can be done in a few seconds. */
  CompletableFuture<Void> close() {
    locked(() -> {
      boolean isFirst = !isReleasing;
      isReleasing = true;
      isClosing = true;
      if (isFirst) {
        if (state == LogState.HOLDING || state == LogState.FAILED) {
          release();
        } else {
          finishIfClosing();
          around.timer().after(CLOSE_LIMIT, this::abandon);
        }
      }
    });
    return closed;
  }

  /** Ends the log as it is: the next owner recovers what is in it. */
  void abandon() {
    locked(this::release);
  }

  private void finishIfClosing() {
    if (!isReleasing
        || isFinishing
        || !rolling.isDone()
        || parts.isEnding()
        || state != LogState.WRITING
        || !entries.isAcknowledged()) {
      return;
    }
    isFinishing = true;
    LogPart last = parts.last();
    var _ =
        writer
            .close()
            .thenCompose(_ -> {
              last.ended(writer);
              return ledgers.describe();
            })
            .whenComplete((_, failure) -> {
              if (failure == null && last.isEmpty()) {
                ledgers.delete(last.ledgerId());
              }
              abandon();
            });
  }

  private void release() {
    if (state == LogState.CLOSED) {
      return;
    }
    state = LogState.CLOSED;
    entries.acknowledgements().fail(new IOException("the log of " + owned + " is closed"), false);
    owned.close();
    closed.complete(null);
  }

  private Void failed(Throwable cause) {
    fail(cause);
    return null;
  }

  private void fail(Throwable failed) {
    Throwable cause = LedgerException.causeOf(failed);
    IOException why =
        new IOException("the log of " + owned + " takes no more: " + cause.getMessage(), cause);
    locked(() -> {
      if (!state.isOver()) {
        state = LogState.FAILED;
        failure = why;
      }
    });
    entries.acknowledgements().fail(why, true);
  }
}
