package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.LogListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread, but for the three calls of {@link LogListener}. Builds the batch that
 * goes to the log next, and keeps what is to happen once it is written or durable.
 *
 * <p>In a batch, each record is its length (int) and its bytes. State changes when a record is put
 * here; the world learns of it when the record is durable. A log that has failed completes nothing
 * any more, so nothing doubtful ever gets out.
 */
final class Journal implements LogListener {
  private static final int RECORD_HEADER_BYTES = 4;

  /** Above this size a batch is appended although more is waiting. */
  private static final int TARGET_BYTES = 256 << 10;

  private static final class Batch {
    final long end;
    final List<Runnable> actions;

    Batch(long end, List<Runnable> actions) {
      this.end = end;
      this.actions = actions;
    }
  }

  private final CommitLog log;
  private final Runnable wakeShard;
  private final ByteWriter batch = new ByteWriter(TARGET_BYTES);
  private final ArrayDeque<Batch> unwritten = new ArrayDeque<>();
  private final ArrayDeque<Batch> undurable = new ArrayDeque<>();

  private List<Run> runs = new ArrayList<>();
  private List<Runnable> whenWritten = new ArrayList<>();
  private List<Runnable> whenDurable = new ArrayList<>();

  /** What waits for the next batch to become durable, not for an earlier one. */
  private final List<Runnable> whenConfirmed = new ArrayList<>();

  private long lastAwaitedEnd;
  private long bytes;

  private volatile long writtenEnd;
  private volatile long durableEnd;
  private volatile @Nullable Throwable failure;

  private BooleanSupplier refusesNew = () -> false;

  Journal(CommitLog log, Runnable wakeShard) {
    this.log = log;
    this.wakeShard = wakeShard;
    lastAwaitedEnd = log.end();
    writtenEnd = log.end();
    durableEnd = log.end();
  }

  /** New data is refused while this holds; acknowledgements and the like go on. */
  void refuseNewWhile(BooleanSupplier condition) {
    refusesNew = condition;
  }

  // ---- building

  /** Whether a record of this size can be taken; if it does not fit in the batch, that is sent. */
  boolean hasRoomFor(int bytes, Urgency wanted) {
    if (!isEmpty() && batch.size() + bytes + RECORD_HEADER_BYTES > log.maxBatchBytes()) {
      flush();
    }
    boolean isRefused = wanted == Urgency.NORMAL && refusesNew.getAsBoolean();
    return !isRefused && log.hasRoomFor(batch.size() + bytes + RECORD_HEADER_BYTES, wanted);
  }

  /** See {@link CommitLog#wasTakenOver}. */
  boolean wasTakenOver(Throwable failure) {
    return log.wasTakenOver(failure);
  }

  /** See {@link CommitLog#whyNotNow}. */
  Optional<String> whyNotNow() {
    return log.whyNotNow();
  }

  /** Puts a change; the caller applies it to the state. */
  void put(Change change) {
    int at = begin();
    change.encode(batch);
    end(at);
  }

  /** Puts messages of one queue. */
  Run putMessages(Queue queue, long storeMillis, List<Draft> drafts, long chunkedBytes) {
    int at = begin();
    Run run =
        MessageRecord.write(
            batch,
            queue.id,
            queue.nextOffset,
            storeMillis,
            drafts,
            chunkedBytes,
            queue.topic.isParking);
    end(at);
    runs.add(run);
    return run;
  }

  /** Puts it that a parked message joins a queue. */
  Run putJoin(Queue queue, long storeMillis, Parked.Place parked, Run body) {
    int at = begin();
    Run run = JoinRecord.write(batch, queue, storeMillis, parked, body);
    end(at);
    runs.add(run);
    return run;
  }

  /**
   * Puts a part of a large message in a batch of its own and answers its position.
   *
   * @param whenDurable runs on the shard thread once it is durable
   */
  long putChunk(Draft draft, int from, int count, Runnable whenDurable) {
    flush();
    int at = begin();
    batch.putByte(MessageRecord.CHUNK);
    int start = batch.size();
    draft.copyTo(batch, from, count);
    end(at);
    whenDurable(whenDurable);
    return flush() + start;
  }

  private int begin() {
    int at = batch.size();
    batch.putInt(0);
    return at;
  }

  private void end(int at) {
    batch.setInt(at, batch.size() - at - RECORD_HEADER_BYTES);
  }

  /** Runs on the shard thread once what was put so far is durable. */
  void whenDurable(Runnable action) {
    whenDurable.add(action);
  }

  /**
   * Runs on the shard thread once a batch is durable that was appended after this: it is sure then
   * that the log had no other owner meanwhile. What is in the batch already is such.
   */
  void whenConfirmed(Runnable action) {
    if (isEmpty() && log.canBeTakenOver()) {
      whenConfirmed.add(action);
    } else {
      whenDurable.add(action);
    }
  }

  /** Somebody waits for a batch, and there is nothing in it. */
  boolean needsConfirmation() {
    return isEmpty() && !whenConfirmed.isEmpty();
  }

  /** See {@link CommitLog#canBeTakenOver}. */
  boolean canBeTakenOver() {
    return log.canBeTakenOver();
  }

  /** Runs on the shard thread once what was put so far survives the death of the process. */
  void whenWritten(Runnable action) {
    whenWritten.add(action);
  }

  boolean isEmpty() {
    return batch.size() == 0;
  }

  /** Bytes of the batch. */
  int size() {
    return batch.size();
  }

  boolean isFull() {
    return batch.size() >= TARGET_BYTES;
  }

  /** Bytes of all batches since the start, those that were replayed included. */
  long bytes() {
    return bytes;
  }

  /** A batch of the log was replayed. */
  void replayed(int batchBytes) {
    bytes += batchBytes;
  }

  /** Appends the batch to the log; its base position, or the log's end if there was nothing. */
  long flush() {
    if (batch.size() == 0) {
      settle(lastAwaitedEnd);
      return log.end();
    }
    whenDurable.addAll(whenConfirmed);
    whenConfirmed.clear();
    boolean isAwaited = !whenDurable.isEmpty();
    bytes += batch.size();
    // Whether there is room was decided record by record, when each was admitted.
    long base = log.append(batch.view(), Urgency.RESERVE, isAwaited);
    long end = log.end();
    for (Run run : runs) {
      run.place(base);
    }
    if (isAwaited) {
      lastAwaitedEnd = end;
    }
    settle(end);
    batch.clear();
    runs = new ArrayList<>();
    return base;
  }

  private void settle(long end) {
    if (!whenWritten.isEmpty()) {
      unwritten.add(new Batch(end, whenWritten));
      whenWritten = new ArrayList<>();
    }
    if (!whenDurable.isEmpty()) {
      undurable.add(new Batch(end, whenDurable));
      whenDurable = new ArrayList<>();
    }
  }

  // ---- completing

  @Override
  public void written(long end) {
    writtenEnd = end;
    wakeShard.run();
  }

  @Override
  public void durable(long end) {
    durableEnd = end;
    wakeShard.run();
  }

  @Override
  public void failed(Throwable cause) {
    failure = cause;
    wakeShard.run();
  }

  @Nullable Throwable failure() {
    return failure;
  }

  /** Runs what has become due; whether there was any. */
  boolean complete() {
    boolean anyWritten = complete(unwritten, writtenEnd);
    boolean anyDurable = complete(undurable, durableEnd);
    return anyWritten || anyDurable;
  }

  private static boolean complete(ArrayDeque<Batch> batches, long reached) {
    boolean any = false;
    for (Batch first = batches.peek();
        first != null && first.end <= reached;
        first = batches.peek()) {
      batches.poll();
      first.actions.forEach(Runnable::run);
      any = true;
    }
    return any;
  }

  boolean hasUncompleted() {
    return !unwritten.isEmpty() || !undurable.isEmpty() || !whenConfirmed.isEmpty();
  }
}
