package io.rivulet.testkit.log;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.log.TrimmedException;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: one lock. A commit log in memory whose disk is moved by hand.
 *
 * <p>A batch goes through the three states that a batch of a real log goes through: appended (lost
 * when the process dies), written (lost when the power fails) and synced. In a log made by {@link
 * #manual} nothing moves until the test says so with {@link #completeWrite} and {@link
 * #completeSync}; the listener is called inside these calls. In one made by {@link #automatic} each
 * append goes through all three states at once, inside the append.
 *
 * <p>{@link #crash} gives the log that is found after a crash, and makes this one unusable.
 */
public final class MemoryLog implements CommitLog {
  /** What a frame header takes in the file log: positions have the same kind of gaps here. */
  private static final int HEADER_BYTES = 32;

  private static final int DEFAULT_SEGMENT_BYTES = 1 << 20;

  private enum State {
    APPENDED,
    WRITTEN,
    SYNCED
  }

  private static final class Batch {
    final long base;
    final byte[] payload;
    final boolean awaited;
    final long appendMillis;
    State state = State.APPENDED;

    Batch(long base, byte[] payload, boolean awaited, long appendMillis) {
      this.base = base;
      this.payload = payload;
      this.awaited = awaited;
      this.appendMillis = appendMillis;
    }

    long end() {
      return base + payload.length;
    }

    /** The batch as a new log finds it: bytes and position, nothing of what was in flight. */
    Batch recovered() {
      Batch copy = new Batch(base, payload, awaited, appendMillis);
      copy.state = State.SYNCED;
      return copy;
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Clock clock;
  private final boolean isAutomatic;
  private final int segmentBytes;
  // All fields below are guarded by the lock.
  private final NavigableMap<Long, Batch> batches = new TreeMap<>();
  private @Nullable LogListener listener;
  private @Nullable IOException failure;
  private @Nullable IOException nextWriteFailure;
  private @Nullable IOException nextSyncFailure;
  private boolean isDurableWhenWritten;
  private boolean isClosed;
  private boolean isSealed;
  private long firstSegmentBase;
  private long end;
  private long writtenEnd;
  private long syncedEnd;
  private long capacityBytes = Long.MAX_VALUE;
  private long reserveBytes;
  private @Nullable String notNow;
  private @Nullable IOException readFailure;
  private boolean canBeTakenOver;

  private MemoryLog(Clock clock, boolean isAutomatic, int segmentBytes) {
    this.clock = clock;
    this.isAutomatic = isAutomatic;
    this.segmentBytes = segmentBytes;
  }

  /** A log whose writes and syncs complete when the test says so. */
  public static MemoryLog manual(Clock clock) {
    return new MemoryLog(clock, false, DEFAULT_SEGMENT_BYTES);
  }

  public static MemoryLog manual(Clock clock, int segmentBytes) {
    return new MemoryLog(clock, false, segmentBytes);
  }

  /** A log whose appends are durable at once; the listener is called inside the append. */
  public static MemoryLog automatic(Clock clock) {
    return new MemoryLog(clock, true, DEFAULT_SEGMENT_BYTES);
  }

  public static MemoryLog automatic(Clock clock, int segmentBytes) {
    return new MemoryLog(clock, true, segmentBytes);
  }

  // ---- what the test decides ----

  /** Batches that were appended and are not written yet. */
  public int unwrittenBatches() {
    return locked(() -> count(State.APPENDED));
  }

  /** Batches that were written and are not synced yet. */
  public int unsyncedBatches() {
    return locked(() -> count(State.WRITTEN));
  }

  /** The batches reach the file, all of them, and the listener is told. */
  public void completeWrite() {
    completeWrite(Integer.MAX_VALUE);
  }

  /** The oldest {@code count} unwritten batches reach the file. */
  public void completeWrite(int count) {
    News news = locked(() -> write(count, Long.MAX_VALUE));
    news.tell();
  }

  /** What is written becomes synced, and the listener is told. */
  public void completeSync() {
    News news = locked(() -> syncWritten(Long.MAX_VALUE));
    news.tell();
  }

  /** As {@link #completeWrite()} and then {@link #completeSync}. */
  public void completeAll() {
    completeWrite();
    completeSync();
  }

  /** From now on a batch counts as durable when it is written, as in the mode "interval". */
  public void durableWhenWritten() {
    lock.lock();
    try {
      isDurableWhenWritten = true;
    } finally {
      lock.unlock();
    }
  }

  /** The next write fails and breaks the log. */
  public void failNextWrite(IOException cause) {
    locked(() -> nextWriteFailure = cause);
  }

  /** The next sync fails and breaks the log. */
  public void failNextSync(IOException cause) {
    locked(() -> nextSyncFailure = cause);
  }

  /** Sets how many bytes the disk holds, and how many of these only urgent batches may use. */
  public void limitRoom(long capacity, long reserve) {
    if (reserve < 0 || capacity < reserve) {
      throw new IllegalArgumentException("capacity " + capacity + ", reserve " + reserve);
    }
    locked(() -> {
      capacityBytes = capacity;
      reserveBytes = reserve;
      return 0;
    });
  }

  /**
   * The log as it is found after a crash: all that was synced, and the first {@code keptUnsynced}
   * batches of what was written or appended later. After the death of the process alone that number
   * is at least {@link #unsyncedBatches()}; after a power loss it may be anything from zero.
   */
  public MemoryLog crash(int keptUnsynced) {
    return locked(() -> {
      MemoryLog found = new MemoryLog(clock, isAutomatic, segmentBytes);
      int left = keptUnsynced;
      for (Batch batch : batches.values()) {
        if (batch.state != State.SYNCED && left-- <= 0) {
          break;
        }
        found.batches.put(batch.base, batch.recovered());
      }
      found.firstSegmentBase = firstSegmentBase;
      found.end = found.batches.isEmpty() ? syncedEnd : found.batches.lastEntry().getValue().end();
      found.writtenEnd = found.end;
      found.syncedEnd = found.end;
      found.capacityBytes = capacityBytes;
      found.reserveBytes = reserveBytes;
      found.isDurableWhenWritten = isDurableWhenWritten;
      found.canBeTakenOver = canBeTakenOver;
      isClosed = true;
      failure = new IOException("this log crashed; use the one that crash() returned");
      return found;
    });
  }

  // ---- the port ----

  @Override
  public void start(LogListener newListener) {
    locked(() -> {
      if (listener != null) {
        throw new IllegalStateException("the log was already started");
      }
      listener = newListener;
      return newListener;
    });
  }

  @Override
  public long head() {
    return locked(() -> batches.isEmpty() ? end : batches.firstKey());
  }

  @Override
  public long end() {
    return locked(() -> end);
  }

  @Override
  public long durableEnd() {
    return locked(() -> isDurableWhenWritten ? writtenEnd : syncedEnd);
  }

  @Override
  public long syncedEnd() {
    return locked(() -> syncedEnd);
  }

  /** Nothing can be read, for this reason; null: it can again. */
  public void failReads(@Nullable IOException cause) {
    locked(() -> {
      readFailure = cause;
      return true;
    });
  }

  /** Takes nothing for a while, for this reason; null: it does again. */
  public void refuse(@Nullable String why) {
    locked(() -> {
      notNow = why;
      return true;
    });
  }

  /** Whether it is one from now on that others may go on with unheard, as one in ledgers is. */
  public void shareWithOthers(boolean isShared) {
    locked(() -> {
      canBeTakenOver = isShared;
      return true;
    });
  }

  @Override
  public boolean canBeTakenOver() {
    return locked(() -> canBeTakenOver);
  }

  @Override
  public Optional<String> whyNotNow() {
    return locked(() -> Optional.ofNullable(notNow));
  }

  @Override
  public boolean hasRoomFor(int payloadBytes, Urgency urgency) {
    return locked(() -> fits(payloadBytes, urgency));
  }

  @Override
  public long unwrittenBytes() {
    return locked(() ->
        batches.tailMap(writtenEnd, true).values().stream()
            .mapToLong(batch -> batch.payload.length)
            .sum());
  }

  @Override
  public long append(ByteBuffer payload, Urgency urgency, boolean awaited) {
    if (!payload.hasRemaining()) {
      throw new IllegalArgumentException("an empty batch");
    }
    byte[] bytes = new byte[payload.remaining()];
    payload.duplicate().get(bytes);
    Batch appended =
        locked(() -> {
          checkAppendable(bytes.length, urgency);
          Batch batch = new Batch(nextBase(bytes.length), bytes, awaited, clock.wallMillis());
          batches.put(batch.base, batch);
          end = batch.end();
          return batch;
        });
    if (isAutomatic) {
      completeAll();
    }
    return appended.base;
  }

  @Override
  public int maxBatchBytes() {
    return segmentBytes - HEADER_BYTES;
  }

  @Override
  public ByteBuffer read(long position, int length) throws IOException {
    Batch batch;
    long head;
    lock.lock();
    try {
      if (readFailure != null) {
        throw readFailure;
      }
      head = batches.isEmpty() ? end : batches.firstKey();
      var entry = batches.floorEntry(position);
      if (position < head || entry == null) {
        throw new TrimmedException(position, head);
      }
      batch = entry.getValue();
    } finally {
      lock.unlock();
    }
    if (length < 0 || position + length > batch.end()) {
      throw new IllegalArgumentException(
          "position %d length %d is not inside the batch %d..%d"
              .formatted(position, length, batch.base, batch.end()));
    }
    return ByteBuffer.wrap(batch.payload, (int) (position - batch.base), length)
        .slice()
        .asReadOnlyBuffer();
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    target.put(read(position, target.remaining()));
  }

  @Override
  public void replay(long from, BatchVisitor visitor) throws IOException {
    List<Batch> found = locked(() -> List.copyOf(batches.tailMap(from, true).values()));
    for (Batch batch : found) {
      visitor.visit(batch.base, ByteBuffer.wrap(batch.payload).asReadOnlyBuffer());
    }
  }

  @Override
  public void sync(long position) throws IOException {
    News written;
    News synced;
    lock.lock();
    try {
      if (syncedEnd >= position && failure == null) {
        return;
      }
      written = write(Integer.MAX_VALUE, position);
      synced = syncWritten(position);
    } finally {
      lock.unlock();
    }
    written.tell();
    synced.tell();
    IOException broken = locked(() -> failure);
    if (broken != null) {
      throw new IOException("the log is broken", broken);
    }
  }

  @Override
  public List<Segment> segments() {
    return locked(() -> {
      NavigableMap<Long, Segment> found = new TreeMap<>();
      for (Batch batch : batches.values()) {
        found.merge(
            segmentBase(batch.base),
            new Segment(segmentBase(batch.base), batch.end(), batch.appendMillis, segmentBytes),
            (before, now) -> now);
      }
      if (found.isEmpty()) {
        found.put(firstSegmentBase, new Segment(firstSegmentBase, end, 0, segmentBytes));
      }
      return List.copyOf(found.values());
    });
  }

  @Override
  public void trim(long before) {
    List<Segment> segments = segments();
    for (Segment segment : segments.subList(0, segments.size() - 1)) {
      if (segment.end() > before) {
        return;
      }
      locked(() -> {
        batches.headMap(segment.end(), false).clear();
        firstSegmentBase = segment.base() + segmentBytes;
        return firstSegmentBase;
      });
    }
  }

  @Override
  public long seal() {
    return locked(() -> {
      isSealed = true;
      return end;
    });
  }

  /** Completes what is outstanding, as the file log does; the content stays for {@link #crash}. */
  @Override
  public void close() {
    if (locked(() -> !isClosed && failure == null)) {
      completeAll();
    }
    locked(() -> isClosed = true);
  }

  // ---- under the lock ----

  /** What to tell the listener once the lock is released. */
  private record News(
      @Nullable LogListener listener,
      long writtenEnd,
      long durableEnd,
      @Nullable IOException failure) {
    private static final long NOTHING = -1;

    static News none() {
      return new News(null, NOTHING, NOTHING, null);
    }

    void tell() {
      if (listener == null) {
        return;
      }
      if (writtenEnd != NOTHING) {
        listener.written(writtenEnd);
      }
      if (durableEnd != NOTHING) {
        listener.durable(durableEnd);
      }
      if (failure != null) {
        listener.failed(failure);
      }
    }
  }

  private News write(int count, long position) {
    int left = count;
    long before = writtenEnd;
    for (Batch batch : List.copyOf(batches.tailMap(writtenEnd, true).values())) {
      if (failure != null || batch.base >= position || left-- <= 0) {
        break;
      }
      if (nextWriteFailure != null) {
        return fail(nextWriteFailure);
      }
      batch.state = State.WRITTEN;
      writtenEnd = batch.end();
    }
    if (writtenEnd == before) {
      return News.none();
    }
    return new News(listener, writtenEnd, isDurableWhenWritten ? writtenEnd : News.NOTHING, null);
  }

  private News syncWritten(long position) {
    if (failure != null || syncedEnd == writtenEnd || syncedEnd >= position) {
      return News.none();
    }
    if (nextSyncFailure != null) {
      return fail(nextSyncFailure);
    }
    for (Batch batch : batches.subMap(syncedEnd, true, writtenEnd, false).values()) {
      batch.state = State.SYNCED;
    }
    syncedEnd = writtenEnd;
    return new News(listener, News.NOTHING, isDurableWhenWritten ? News.NOTHING : syncedEnd, null);
  }

  private News fail(IOException cause) {
    failure = cause;
    return new News(listener, News.NOTHING, News.NOTHING, cause);
  }

  private void checkAppendable(int length, Urgency urgency) {
    if (listener == null) {
      throw new IllegalStateException("the log was not started");
    }
    if (isSealed || isClosed || failure != null) {
      throw new IllegalStateException("the log takes no appends", failure);
    }
    if (length > maxBatchBytes()) {
      throw new IllegalStateException(
          "a batch of " + length + " bytes; the most is " + maxBatchBytes());
    }
    if (!fits(length, urgency)) {
      throw new IllegalStateException("no room for " + length + " bytes");
    }
  }

  private boolean fits(int payloadBytes, Urgency urgency) {
    if (notNow != null) {
      return false;
    }
    long usable = urgency == Urgency.NORMAL ? capacityBytes - reserveBytes : capacityBytes;
    long first = batches.isEmpty() ? end : batches.firstKey();
    return nextBase(payloadBytes) + payloadBytes - segmentBase(first) <= usable;
  }

  private long nextBase(int length) {
    long base = end + HEADER_BYTES;
    return segmentBase(base) == segmentBase(base + length - 1)
        ? base
        : segmentBase(base) + segmentBytes + HEADER_BYTES;
  }

  private long segmentBase(long position) {
    return position - position % segmentBytes;
  }

  private int count(State state) {
    int count = 0;
    for (Batch batch : new ArrayList<>(batches.values())) {
      count += batch.state == state ? 1 : 0;
    }
    return count;
  }

  @FunctionalInterface
  private interface Locked<T extends @Nullable Object> {
    T run();
  }

  private <T extends @Nullable Object> T locked(Locked<T> action) {
    lock.lock();
    try {
      return action.run();
    } finally {
      lock.unlock();
    }
  }
}
