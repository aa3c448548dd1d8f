package io.rivulet.cluster.ledger;

import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.cluster.ledger.LedgerStore.Reader;
import io.rivulet.cluster.ledger.LedgerStore.Writer;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: one atomic flag; the steps of a copy follow one another. Brings a log back
 * to full replication: a ledger that was written while a storage node was away, or that a former
 * owner left, is copied into another one that all nodes hold, entry by entry under the same
 * positions, and that takes its place.
 *
 * <p>Storage nodes copy ledgers among themselves, but only to a node that holds none of a ledger's
 * entries: where there are as many nodes as copies, none is left for that.
 */
final class Refilling {
  private static final Logger logger = LoggerFactory.getLogger(Refilling.class);

  private static final long STEP_BYTES = 1 << 20;
  private static final long MAX_STEP_ENTRIES = 1000;

  /**
   * Immutable. A part and the same part in another ledger.
   *
   * @param distrusts what {@link LogParts#distrusts} said before that ledger was made: whoever has
   *     lost a disk since may have held the copy
   */
  record Copied(LogPart part, LogPart copy, long distrusts) {}

  private final LedgerLogConfig config;
  private final Surroundings around;
  private final ShardLedgers ledgers;
  private final LogParts parts;
  private final Consumer<Copied> swap;
  private final AtomicBoolean isRunning = new AtomicBoolean();
  private volatile long nextNanos;

  /**
   * Makes one for a log.
   *
   * @param swap lets a copy take the place of its part
   */
  Refilling(
      LedgerLogConfig config,
      Surroundings around,
      ShardLedgers ledgers,
      LogParts parts,
      Consumer<Copied> swap) {
    this.config = config;
    this.around = around;
    this.ledgers = ledgers;
    this.parts = parts;
    this.swap = swap;
    waitALittle();
  }

  /** Begins to copy a part if one needs it, all nodes run, and no other log of this node does. */
  void turn() {
    if (around.ledgers().writableNodes() < LedgerStore.COPIES) {
      waitALittle();
      return;
    }
    List<LogPart> thin = parts.thin();
    if (thin.isEmpty() || around.clock().nanos() - nextNanos < 0 || isRunning.get()) {
      return;
    }
    if (around.refills().tryAcquire()) {
      isRunning.set(true);
      copy(thin.getFirst());
    }
  }

  private void waitALittle() {
    nextNanos = around.clock().nanos() + config.nodePatience().toNanos();
  }

  private void copy(LogPart part) {
    long distrusts = parts.distrusts();
    var _ =
        around
            .ledgers()
            .open(part.ledgerId())
            .thenCompose(from -> ledgers.create().thenApply(into -> new Copy(part, from, into)))
            .thenCompose(Copy::begin)
            .whenComplete((copy, failure) -> {
              around.refills().release();
              if (failure == null) {
                around.counters().refilledLedgers.increment();
                around.counters().refilledBytes.add(part.sizeBytes());
                swap.accept(new Copied(part, copy, distrusts));
              } else {
                logger.info(
                    "ledger {} is not in full replication yet: {}",
                    part.ledgerId(),
                    LedgerException.causeOf(failure).getMessage());
                waitALittle();
              }
              isRunning.set(false);
            });
  }

  /** Owned by its own steps. One ledger on its way into another one. */
  private final class Copy {
    private final LogPart part;
    private final Reader from;
    private final Writer into;
    private final long count;
    private final long step;
    private final CompletableFuture<LogPart> done = new CompletableFuture<>();
    private long next;

    Copy(LogPart part, Reader from, Writer into) {
      this.part = part;
      this.from = from;
      this.into = into;
      count = part.end() - part.first();
      step = Math.clamp(STEP_BYTES / Math.max(1, part.sizeBytes() / count), 1, MAX_STEP_ENTRIES);
    }

    CompletableFuture<LogPart> begin() {
      var _ =
          done.whenComplete((_, failure) -> {
            from.close();
            if (failure != null) {
              ledgers.delete(into.id());
            }
          });
      go();
      return done;
    }

    private void go() {
      if (!parts.contains(part)) {
        fail(new LedgerException(Reason.UNAVAILABLE, "it is not needed any more"));
      } else if (into.isThin()) {
        fail(new LedgerException(Reason.NOT_ENOUGH_NODES, "a storage node is missing"));
      } else if (next == count) {
        var _ = into.close().whenComplete((_, failure) -> end(failure));
      } else {
        long last = Math.min(next + step, count) - 1;
        var _ =
            from.read(next, last)
                .thenCompose(this::append)
                .whenComplete((bytes, failure) -> {
                  if (failure != null) {
                    fail(failure);
                  } else {
                    next = last + 1;
                    around.timer().after(pause(bytes), this::go);
                  }
                });
      }
    }

    private CompletableFuture<Long> append(List<ByteBuffer> entries) {
      List<CompletableFuture<Long>> appended = new ArrayList<>();
      long bytes = 0;
      for (ByteBuffer entry : entries) {
        bytes += entry.remaining();
        appended.add(into.append(entry));
      }
      long all = bytes;
      return CompletableFuture.allOf(appended.toArray(CompletableFuture[]::new))
          .thenApply(_ -> all);
    }

    private Duration pause(long bytes) {
      return Duration.ofNanos(bytes * 1_000_000_000 / config.refillBytesPerSecond());
    }

    private void end(Throwable failure) {
      if (failure != null) {
        fail(failure);
      } else if (into.isThin() || into.reader().lastEntry() != count - 1) {
        fail(new LedgerException(Reason.NOT_ENOUGH_NODES, "a storage node went away"));
      } else {
        done.complete(part.copiedTo(into.id()));
      }
    }

    private void fail(Throwable failure) {
      done.completeExceptionally(failure);
    }
  }
}
