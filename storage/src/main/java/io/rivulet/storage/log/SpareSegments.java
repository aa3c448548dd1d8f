package io.rivulet.storage.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: one lock, not held while files are filled or removed. The files that the
 * log grows into, allocated and zero-filled before they are needed.
 *
 * <p>A file whose blocks are there already takes no file system metadata with each fdatasync, and
 * cannot run out of room in the middle of a batch. The thread {@code rivulet-log-space} fills the
 * next files, recycles or removes trimmed ones, and watches the free room.
 *
 * <p>When the log outruns it, the shard thread has blocks {@linkplain Disk#allocate allocated} that
 * are not filled, which takes no time (or, where that is not possible, makes a small file itself),
 * and for as long as that happens the thread does the same: zeros would only compete with what
 * outruns them for the disk.
 */
final class SpareSegments implements Runnable {
  /** A file that is ready to become a segment. */
  record Spare(Path file, int sizeBytes, boolean isRecycled) {}

  private static final Logger LOG = LoggerFactory.getLogger(SpareSegments.class);

  private static final String READY = ".spare";
  private static final String FILLING = ".filling";
  private static final int STEP_BYTES = 1 << 20;
  private static final int STEPS_PER_SYNC = 8;
  private static final int SMALL_BYTES = 4 << 20;
  private static final int SIZE_UNIT_BYTES = 4 << 10;
  private static final int EXTRA_RECYCLED = 2;

  /** So many files in a row are allocated only, once the log has outrun the thread. */
  private static final int OUTRUN_FILES = 4;

  private static final long NOT_FILLING = -1;
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Disk disk;
  private final LogConfig config;
  private final Bounds bounds;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition filled = lock.newCondition();

  @GuardedBy("lock")
  private final Deque<Spare> ready = new ArrayDeque<>();

  @GuardedBy("lock")
  private final Deque<SegmentFile> trimmed = new ArrayDeque<>();

  @GuardedBy("lock")
  private boolean isClosing;

  @GuardedBy("lock")
  private int outrunFiles;

  /** What the disk had room for before the file was begun that is being filled; else none. */
  @GuardedBy("lock")
  private long roomBeforeFilling = NOT_FILLING;

  private long nextNumber;
  private volatile boolean isDiskFull;

  /** Changed under the lock. */
  private volatile long readyBytes;

  /** Takes over the spare files that an earlier run left. */
  SpareSegments(Disk disk, LogConfig config, Bounds bounds, List<Path> files) throws IOException {
    this.disk = disk;
    this.config = config;
    this.bounds = bounds;
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(FILLING)) {
        Files.delete(file);
      } else {
        // The old content is unknown here: what recycling means for recovery holds for it.
        ready.add(new Spare(file, Math.toIntExact(Files.size(file)), true));
        readyBytes = sumOfReady();
        nextNumber = Math.max(nextNumber, numberOf(name) + 1);
      }
    }
  }

  static boolean isSpare(Path file) {
    return file.getFileName().toString().matches("[0-9]{10}\\.(spare|filling)");
  }

  /**
   * Whether the files that are ready, and those that the disk still has room for beyond what is to
   * stay free, hold so much; called by the shard thread.
   */
  boolean holds(long bytes) {
    lock.lock();
    try {
      long missing = bytes - readyBytes();
      return missing <= 0 || (!isDiskFull && allocatable(room()) >= missing);
    } catch (IOException unknown) {
      return !isDiskFull;
    } finally {
      lock.unlock();
    }
  }

  /** A file that is being filled is room until it is ready: not nothing in between. */
  @GuardedBy("lock")
  private long room() throws IOException {
    return roomBeforeFilling == NOT_FILLING ? freeBytes() : roomBeforeFilling;
  }

  private long freeBytes() throws IOException {
    return disk.usableBytes(config.folder()) - config.minFreeBytes();
  }

  /** What files of the sizes that are made can take of the room: not the last part of it. */
  private long allocatable(long room) {
    long segments = Math.max(0, room) / config.segmentBytes() * config.segmentBytes();
    long rest = Math.max(0, room) - segments;
    return segments + (rest < smallestBytes() ? 0 : rest / SIZE_UNIT_BYTES * SIZE_UNIT_BYTES);
  }

  private int smallestBytes() {
    return Math.min(config.segmentBytes(), SMALL_BYTES);
  }

  /** Bytes in files that are ready to be used. */
  long readyBytes() {
    return readyBytes;
  }

  /**
   * Makes sure that there is a file of at least this size; called by the shard thread.
   *
   * @param waits whether to wait, for a second at most, for the file that is being filled if the
   *     disk has no room for another
   * @return false if the disk has no room for it
   */
  boolean prepare(int minBytes, boolean waits) {
    lock.lock();
    try {
      if (find(minBytes) != null) {
        return true;
      }
    } finally {
      lock.unlock();
    }
    try {
      noteOutrun();
      addAtOnce(minBytes);
      return true;
    } catch (IOException noRoom) {
      if (waits && awaitFilled(minBytes)) {
        return true;
      }
      noteFull(noRoom.getMessage());
      return false;
    }
  }

  /** The last room of the disk may be in the file that the other thread is filling. */
  private boolean awaitFilled(int minBytes) {
    lock.lock();
    try {
      long left = CHECK_NANOS;
      while (roomBeforeFilling != NOT_FILLING && left > 0) {
        left = filled.awaitNanos(left);
      }
      return find(minBytes) != null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  private void setFilling(long roomBefore) {
    lock.lock();
    try {
      roomBeforeFilling = roomBefore;
      filled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The same for the first segment of a new log: a small file, so that a start is quick. */
  boolean prepareFirst(int minBytes) {
    try {
      if (readyBytes() == 0) {
        addSmall(minBytes);
      }
      return true;
    } catch (IOException noRoom) {
      noteFull(noRoom.getMessage());
      return false;
    }
  }

  /** Takes a file of at least this size; called by the shard thread after {@link #prepare}. */
  Spare take(int minBytes) {
    lock.lock();
    try {
      Spare spare = find(minBytes);
      if (spare == null) {
        throw new IllegalStateException("no spare segment of " + minBytes + " bytes");
      }
      ready.remove(spare);
      readyBytes = sumOfReady();
      changed.signal();
      return spare;
    } finally {
      lock.unlock();
    }
  }

  /** Hands over segments that are no longer part of the log, oldest first. */
  void remove(List<SegmentFile> segments) {
    lock.lock();
    try {
      trimmed.addAll(segments);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      isClosing = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** The body of the thread {@code rivulet-log-space}. */
  @Override
  public void run() {
    try {
      while (awaitTask()) {
        work();
      }
    } catch (Throwable e) {
      LOG.error("No more log segments are prepared or removed; restart the server.", e);
    }
  }

  private void work() {
    try {
      removeTrimmed();
      if (needsSpare()) {
        setFilling(Math.max(0, freeBytes()));
        try {
          fillSpare();
        } finally {
          setFilling(NOT_FILLING);
        }
      }
    } catch (IOException e) {
      noteFull(e.getMessage());
    }
  }

  /** Recycles or removes what was trimmed: first the bounds move, then the files go. */
  void removeTrimmed() throws IOException {
    List<SegmentFile> segments;
    lock.lock();
    try {
      segments = new ArrayList<>(trimmed);
      trimmed.clear();
    } finally {
      lock.unlock();
    }
    if (segments.isEmpty()) {
      return;
    }
    bounds.moveFirst(segments.getLast().limit());
    for (SegmentFile segment : segments) {
      if (segment.header().sizeBytes() == config.segmentBytes() && wantsRecycled()) {
        add(move(segment.file(), segment.header().sizeBytes(), true));
      } else {
        Files.deleteIfExists(segment.file());
      }
    }
  }

  private void noteOutrun() {
    lock.lock();
    try {
      outrunFiles = OUTRUN_FILES;
    } finally {
      lock.unlock();
    }
  }

  private boolean isOutrun() {
    lock.lock();
    try {
      return outrunFiles > 0 && outrunFiles-- > 0;
    } finally {
      lock.unlock();
    }
  }

  /** A new file without delay; not synced. */
  private void addAtOnce(int minBytes) throws IOException {
    if (!addAllocatedIfRoom(config.segmentBytes())) {
      addSmall(minBytes);
    }
  }

  private boolean addAllocatedIfRoom(int size) {
    try {
      return size <= freeBytes() && addAllocated(size);
    } catch (IOException noRoom) {
      return false; // somebody else took it meanwhile; there may be some for a small file
    }
  }

  /** A file whose blocks are not filled; false if that is not possible. */
  private boolean addAllocated(int size) throws IOException {
    Path filling = newFile();
    if (!disk.allocate(filling, size)) {
      return false;
    }
    add(move(filling, size, false));
    return true;
  }

  /** A new file of the small size, or what is asked for if that is more; not synced. */
  private void addSmall(int minBytes) throws IOException {
    int size = Math.min(config.segmentBytes(), Math.max(minBytes, SMALL_BYTES));
    size = (size + SIZE_UNIT_BYTES - 1) / SIZE_UNIT_BYTES * SIZE_UNIT_BYTES;
    checkRoom(size);
    Path filling = newFile();
    if (fill(filling, size, false)) {
      add(move(filling, size, false));
    }
  }

  /** Prepares a whole segment or, where the disk has no room for one, what there is room for. */
  private void fillSpare() throws IOException {
    long room = freeBytes();
    long most = Math.min(config.segmentBytes(), room / SIZE_UNIT_BYTES * SIZE_UNIT_BYTES);
    int size = Math.toIntExact(Math.max(most, smallestBytes()));
    checkRoom(size);
    if (isOutrun() && addAllocatedIfRoom(size)) {
      noteRoom();
      return;
    }
    Path filling = newFile();
    if (fill(filling, size, true)) {
      add(move(filling, size, false));
      noteRoom();
    }
  }

  /** Writes zeros; false, with nothing left behind, if the log is being closed meanwhile. */
  private boolean fill(Path file, int size, boolean isSynced) throws IOException {
    boolean isWhole = false;
    try (FileChannel channel =
        disk.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(Math.min(size, STEP_BYTES));
      long at = 0;
      for (int step = 1; at < size && !(isSynced && isClosing()); step++) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
        while (zeros.hasRemaining()) {
          at += channel.write(zeros, at);
        }
        if (isSynced && step % STEPS_PER_SYNC == 0) {
          channel.force(false);
        }
      }
      if (isSynced) {
        channel.force(true);
      }
      isWhole = at == size;
      return isWhole;
    } finally {
      if (!isWhole) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void checkRoom(long size) throws IOException {
    long usable = disk.usableBytes(config.folder());
    if (usable - size < config.minFreeBytes()) {
      throw new IOException(
          "%d bytes are free, %d are wanted and %d are to stay free (log.min-free-bytes)"
              .formatted(usable, size, config.minFreeBytes()));
    }
  }

  private void noteFull(@Nullable String reason) {
    if (!isDiskFull) {
      LOG.warn(
          "The disk of {} has no room for new log segments: {}. Sends are refused when {} bytes of"
              + " allocated room are left; free some room or shorten the retention.",
          config.folder(),
          reason,
          config.reserveBytes());
    }
    isDiskFull = true;
  }

  private void noteRoom() {
    if (isDiskFull) {
      LOG.info("The disk of {} has room for new log segments again.", config.folder());
    }
    isDiskFull = false;
  }

  private boolean awaitTask() {
    lock.lock();
    try {
      long left = CHECK_NANOS;
      while (left > 0 && !isClosing && trimmed.isEmpty() && (!wantsSpare() || isDiskFull)) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException nobodyInterruptsThisThread) {
      isClosing = true;
    } finally {
      lock.unlock();
    }
    return !isClosing();
  }

  private boolean needsSpare() throws IOException {
    boolean wantsSpare;
    lock.lock();
    try {
      wantsSpare = wantsSpare();
    } finally {
      lock.unlock();
    }
    if (!wantsSpare) {
      long usable = disk.usableBytes(config.folder());
      if (usable < config.minFreeBytes()) {
        noteFull(usable + " bytes are free");
      } else {
        noteRoom();
      }
    }
    return wantsSpare;
  }

  @GuardedBy("lock")
  private boolean wantsSpare() {
    return readyBytes() < Math.max(config.reserveBytes(), config.segmentBytes());
  }

  private boolean wantsRecycled() {
    long wanted = Math.max(config.reserveBytes(), config.segmentBytes());
    return readyBytes() < wanted + (long) EXTRA_RECYCLED * config.segmentBytes();
  }

  private boolean isClosing() {
    lock.lock();
    try {
      return isClosing;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private @Nullable Spare find(int minBytes) {
    for (Spare spare : ready) {
      if (spare.sizeBytes >= minBytes) {
        return spare;
      }
    }
    return null;
  }

  private void add(Spare spare) {
    lock.lock();
    try {
      ready.add(spare);
      readyBytes = sumOfReady();
      if (roomBeforeFilling != NOT_FILLING) {
        roomBeforeFilling = Math.max(0, roomBeforeFilling - spare.sizeBytes);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private long sumOfReady() {
    return ready.stream().mapToLong(Spare::sizeBytes).sum();
  }

  private Path newFile() {
    return config.folder().resolve("%010d%s".formatted(newNumber(), FILLING));
  }

  private Spare move(Path file, int size, boolean isRecycled) throws IOException {
    Path spare = config.folder().resolve("%010d%s".formatted(newNumber(), READY));
    Files.move(file, spare, StandardCopyOption.ATOMIC_MOVE);
    return new Spare(spare, size, isRecycled);
  }

  private long newNumber() {
    lock.lock();
    try {
      return nextNumber++;
    } finally {
      lock.unlock();
    }
  }

  private static long numberOf(String name) {
    return Long.parseLong(name.substring(0, name.length() - READY.length()));
  }
}
