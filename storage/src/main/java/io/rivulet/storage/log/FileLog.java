package io.rivulet.storage.log;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.log.TrimmedException;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * Safe for all threads: appends by the shard thread, writes by {@code rivulet-log}, readers look at
 * volatile snapshots. The commit log in segment files.
 *
 * <p><b>The way of a batch.</b> {@code append} gives it the next position, frames it and copies it
 * into the {@link HotTail}; that is all the shard thread does. The {@link LogThread} writes all
 * that has come together in one piece, syncs it once and reports it: the slower the disk, the
 * larger the pieces. A batch stays in the hot tail until its place is needed, so readers that keep
 * up never touch the disk.
 *
 * <p><b>Positions</b> are byte addresses: a segment file of {@code n} bytes with base {@code b}
 * holds the positions {@code b} to {@code b + n}, and the next segment begins there. The file's
 * name is its base. A batch lies in one segment; what it leaves free at the end is a gap.
 *
 * <p><b>Room.</b> Every file is allocated and zero-filled before its first byte is used ({@link
 * SpareSegments}), so that a full disk is noticed while there is still room for acknowledgements,
 * never in the middle of a batch.
 *
 * <p><b>Invariants.</b> Every segment but the last is synced as a whole. A named segment file has a
 * valid, synced header. Below {@code syncedEnd} nothing is ever cut: if it cannot be read, the log
 * refuses to open. A failed write or sync is final: pages whose fsync failed may be gone although
 * the next fsync succeeds, so nothing is tried again.
 *
 * <p>The layout of the files is described in {@code docs/log-format.md}.
 */
public final class FileLog implements CommitLog {
  /** Copying so many bytes that nobody wants is cheaper than another read of the file. */
  private static final int MAX_GAP_BYTES = 4096;

  private static final int MAX_TOGETHER_BYTES = 1 << 20;

  /** What the position is a multiple of at which a new log begins. */
  public static final long FIRST_POSITION_UNIT = 4096;

  /** What is open as long as the log is. */
  private record Resources(
      FolderLock lock,
      Bounds bounds,
      SpareSegments spares,
      SegmentReads reads,
      SegmentWriter writer) {

    /** Closes everything, the lock last, even if something cannot be closed. */
    void close() throws IOException {
      closeAll(spares::removeTrimmed, writer::close, reads::close, bounds::close, lock::close);
    }
  }

  @FunctionalInterface
  private interface Closing {
    void run() throws IOException;
  }

  private final LogConfig config;
  private final Clock clock;
  private final RandomGenerator random;
  private final Disk disk;
  private final Resources resources;
  private final LogEnds ends;
  private final HotTail tail;
  private final ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
  private final List<Thread> threads = new ArrayList<>();
  private volatile List<SegmentFile> segments;
  private volatile boolean isSealed;
  private volatile boolean isClosed;

  private FileLog(
      LogConfig config,
      Clock clock,
      RandomGenerator random,
      Disk disk,
      FolderLock lock,
      long firstPosition)
      throws IOException {
    this.config = config;
    this.clock = clock;
    this.random = random;
    this.disk = disk;
    Bounds bounds = new Bounds(disk, config.folder());
    List<Path> files = filesIn(config.folder());
    SpareSegments spares =
        new SpareSegments(
            disk, config, bounds, files.stream().filter(SpareSegments::isSpare).toList());
    List<SegmentFile> found =
        new Recovery(disk, config.folder(), bounds)
            .recover(files.stream().filter(SegmentFile::isSegment).toList());
    this.segments =
        found.isEmpty() ? List.of(firstSegment(bounds, spares, firstPosition)) : List.copyOf(found);
    SegmentFile last = segments.getLast();
    this.ends = new LogEnds(last.end());
    this.tail = new HotTail(config.hotTailBytes(), last.end());
    this.resources =
        new Resources(
            lock,
            bounds,
            spares,
            new SegmentReads(disk),
            new SegmentWriter(disk, config, bounds, tail, last));
  }

  /**
   * Opens the log in its folder, which is made if it is missing, and cuts a torn tail.
   *
   * @throws CorruptLogException if something that was acknowledged is damaged or missing
   * @throws IOException if the folder is in use by another process or cannot be read
   */
  public static FileLog open(LogConfig config, Clock clock) throws IOException {
    return open(config, clock, 0);
  }

  /**
   * The same; a log that is new begins at this position.
   *
   * @param firstPosition a multiple of {@value #FIRST_POSITION_UNIT}
   */
  public static FileLog open(LogConfig config, Clock clock, long firstPosition) throws IOException {
    if (firstPosition < 0 || firstPosition % FIRST_POSITION_UNIT != 0) {
      throw new IllegalArgumentException(
          "a log can't begin at %d, but at multiples of %d"
              .formatted(firstPosition, FIRST_POSITION_UNIT));
    }
    return open(config, clock, Disk.real(), new SecureRandom(), firstPosition);
  }

  static FileLog open(LogConfig config, Clock clock, Disk disk, RandomGenerator random)
      throws IOException {
    return open(config, clock, disk, random, 0);
  }

  private static FileLog open(
      LogConfig config, Clock clock, Disk disk, RandomGenerator random, long firstPosition)
      throws IOException {
    if (!Files.exists(config.folder())) {
      Files.createDirectories(config.folder());
      disk.syncFolder(Objects.requireNonNull(config.folder().toAbsolutePath().getParent()));
    }
    FolderLock lock = FolderLock.take(config.folder());
    try {
      return new FileLog(config, clock, random, disk, lock, firstPosition);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  @Override
  public void start(LogListener listener) {
    if (!threads.isEmpty() || isClosed) {
      throw new IllegalStateException("the log was already started");
    }
    LogThread logThread = new LogThread(config, ends, resources.writer, listener, clock);
    threads.add(startThread("rivulet-log", logThread));
    threads.add(startThread("rivulet-log-space", resources.spares));
    if (config.durability() == Durability.INTERVAL) {
      threads.add(startThread("rivulet-log-sync", logThread::syncAtIntervals));
    }
  }

  @Override
  public long head() {
    for (SegmentFile segment : segments) {
      if (!segment.isEmpty()) {
        return segment.base() + SegmentHeader.BYTES + Frame.HEADER_BYTES;
      }
    }
    return end();
  }

  @Override
  public long end() {
    return ends.appended();
  }

  @Override
  public long durableEnd() {
    return config.durability() == Durability.INTERVAL ? ends.written() : ends.synced();
  }

  @Override
  public long syncedEnd() {
    return ends.synced();
  }

  @Override
  public boolean hasRoomFor(int payloadBytes, Urgency urgency) {
    if (payloadBytes > maxBatchBytes()) {
      return false;
    }
    SegmentFile last = segments.getLast();
    boolean fits = last.fits(payloadBytes);
    if (!fits && !resources.spares.prepare(spareBytes(payloadBytes), urgency == Urgency.RESERVE)) {
      return false;
    }
    if (urgency == Urgency.RESERVE) {
      return true;
    }
    long left = fits ? last.limit() - last.nextFrame() : 0;
    // What is not allocated yet must at least be there, whether or not anybody has noticed: else
    // new messages would eat up the reserve before the disk is known to be full.
    return resources.spares.holds(config.reserveBytes() + Frame.sizeBytes(payloadBytes) - left);
  }

  @Override
  public long unwrittenBytes() {
    return Math.max(0, ends.appended() - ends.written());
  }

  /**
   * As the port says; blocks while so much is unwritten that the hot tail has no place left, which
   * a caller avoids by looking at {@link #unwrittenBytes()}.
   */
  @Override
  public long append(ByteBuffer payload, Urgency urgency, boolean awaited) {
    int length = payload.remaining();
    checkAppendable(length, urgency);
    SegmentFile segment = segments.getLast();
    if (!segment.fits(length)) {
      segment = addSegment(length);
    }
    long position = segment.nextFrame();
    long base = position + Frame.HEADER_BYTES;
    long end = base + length;
    long appendMillis = Math.max(segment.lastAppendMillis(), clock.wallMillis());
    Frame frame = new Frame(Frame.Kind.BATCH, base, ends.synced(), appendMillis, payload);
    Frame.encodeHeader(header, segment.header().salt(), frame);
    // Never beyond what was appended: the gap at a segment's end is not written.
    ends.awaitWritten(Math.min(end - tail.capacityBytes(), ends.appended()));
    tail.makeRoom(end);
    tail.put(position, header);
    tail.put(base, payload);
    segment.grow(end, appendMillis);
    ends.appended(end, awaited);
    return base;
  }

  @Override
  public int maxBatchBytes() {
    return config.maxBatchBytes();
  }

  @Override
  public ByteBuffer read(long position, int length) throws IOException {
    SegmentFile segment = segmentWith(position, length);
    ByteBuffer target = ByteBuffer.allocate(length);
    fill(segment, position, target);
    return target.clear().asReadOnlyBuffer();
  }

  @Override
  public ByteBuffer[] readAll(long[] positions, int[] lengths) throws IOException {
    ByteBuffer[] all = new ByteBuffer[positions.length];
    int from = 0;
    while (from < all.length) {
      int to = from + 1;
      while (to < all.length && isNear(positions, lengths, from, to)) {
        to++;
      }
      long start = positions[from];
      ByteBuffer together = read(start, (int) (positions[to - 1] + lengths[to - 1] - start));
      for (; from < to; from++) {
        all[from] = together.slice((int) (positions[from] - start), lengths[from]);
      }
    }
    return all;
  }

  /** Whether a stretch is better read together with those before it. */
  private boolean isNear(long[] positions, int[] lengths, int first, int next) throws IOException {
    long gap = positions[next] - positions[next - 1] - lengths[next - 1];
    long end = positions[next] + lengths[next];
    return gap >= 0
        && gap <= MAX_GAP_BYTES
        && end - positions[first] <= MAX_TOGETHER_BYTES
        && end <= segmentOf(positions[first]).end();
  }

  @Override
  public void read(long position, ByteBuffer target) throws IOException {
    fill(segmentWith(position, target.remaining()), position, target.slice());
    target.position(target.limit());
  }

  @Override
  public void replay(long from, BatchVisitor visitor) throws IOException {
    long written = ends.written();
    for (SegmentFile segment : segments) {
      long limit = Math.min(segment.end(), written);
      if (limit > from && !segment.isEmpty()) {
        replaySegment(segment, from, limit, visitor);
      }
    }
  }

  @Override
  public void sync(long position) throws IOException {
    ends.awaitSynced(position);
  }

  @Override
  public List<Segment> segments() {
    return segments.stream().map(SegmentFile::view).toList();
  }

  @Override
  public void trim(long before) throws IOException {
    List<SegmentFile> current = segments;
    int count = 0;
    // The log thread must have left a segment before it can go.
    while (count < current.size() - 1
        && current.get(count).end() <= before
        && current.get(count).limit() < ends.written()) {
      count++;
    }
    if (count > 0) {
      List<SegmentFile> removed = current.subList(0, count);
      segments = List.copyOf(current.subList(count, current.size()));
      for (SegmentFile segment : removed) {
        resources.reads.forget(segment.base());
      }
      resources.spares.remove(removed);
    }
  }

  @Override
  public long seal() {
    isSealed = true;
    return end();
  }

  @Override
  public void close() throws IOException {
    if (isClosed) {
      return;
    }
    isClosed = true;
    ends.close();
    resources.spares.close();
    for (Thread thread : threads) {
      joinUninterruptibly(thread);
    }
    resources.close();
  }

  private void checkAppendable(int length, Urgency urgency) {
    if (threads.isEmpty() || isSealed || isClosed || ends.failure() != null) {
      throw new IllegalStateException(
          "the log takes no appends: "
              + (threads.isEmpty() ? "not started" : isSealed ? "sealed" : "closed or failed"),
          ends.failure());
    }
    if (length == 0) {
      throw new IllegalArgumentException("an empty batch");
    }
    if (length > maxBatchBytes()) {
      throw new IllegalStateException(
          "a batch of %d bytes; the most is %d".formatted(length, maxBatchBytes()));
    }
    if (!hasRoomFor(length, urgency)) {
      throw new IllegalStateException(
          "no room for a batch of %d bytes in %s".formatted(length, config.folder()));
    }
  }

  private SegmentFile firstSegment(Bounds bounds, SpareSegments spares, long base)
      throws IOException {
    if (!spares.prepareFirst(SegmentHeader.BYTES)) {
      throw new IOException(
          "no room for a first log segment in %s: free some, or lower log.min-free-bytes"
              .formatted(config.folder()));
    }
    SpareSegments.Spare spare = spares.take(SegmentHeader.BYTES);
    SegmentHeader first =
        new SegmentHeader(
            base, spare.sizeBytes(), random.nextInt(), spare.isRecycled(), -1, base, 0);
    SegmentFile segment = new SegmentFile(first, config.folder(), spare.file());
    SegmentWriter.begin(disk, config.folder(), segment);
    bounds.set(new Bounds.Range(base, base));
    return segment;
  }

  /** The segment after the last one; its file follows when the log thread gets there. */
  private SegmentFile addSegment(int payloadBytes) {
    SegmentFile last = segments.getLast();
    SpareSegments.Spare spare = resources.spares.take(spareBytes(payloadBytes));
    SegmentHeader nextHeader =
        new SegmentHeader(
            last.limit(),
            spare.sizeBytes(),
            random.nextInt(),
            spare.isRecycled(),
            last.base(),
            last.end(),
            last.lastAppendMillis());
    SegmentFile next = new SegmentFile(nextHeader, config.folder(), spare.file());
    last.follow(next);
    List<SegmentFile> grown = new ArrayList<>(segments);
    grown.add(next);
    segments = List.copyOf(grown);
    return next;
  }

  private SegmentFile segmentWith(long position, int length) throws IOException {
    SegmentFile segment = segmentOf(position);
    if (length < 0 || position + length > segment.end()) {
      throw new IllegalArgumentException(
          "position %d length %d is not inside a batch; the segment's data ends at %d"
              .formatted(position, length, segment.end()));
    }
    return segment;
  }

  private SegmentFile segmentOf(long position) throws IOException {
    List<SegmentFile> current = segments;
    if (position < current.getFirst().base()) {
      throw new TrimmedException(position, head());
    }
    int low = 0;
    int high = current.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (current.get(middle).base() <= position) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return current.get(low);
  }

  /** Fills the whole buffer, from its index 0 on. */
  private void fill(SegmentFile segment, long position, ByteBuffer target) throws IOException {
    if (!tail.read(position, target)) {
      readFromFile(segment, position, target.clear());
    }
  }

  private void readFromFile(SegmentFile segment, long position, ByteBuffer target)
      throws IOException {
    IOException failure = null;
    try {
      resources.reads.read(segment, position, target);
    } catch (IOException e) {
      failure = e;
    }
    // Trimmed meanwhile, the file may hold another segment by now, or be gone.
    if (position < segments.getFirst().base()) {
      resources.reads.forget(segment.base());
      throw new TrimmedException(position, head());
    }
    if (failure != null) {
      throw Recovery.unreadable(segment, position, failure);
    }
  }

  private void replaySegment(SegmentFile segment, long from, long limit, BatchVisitor visitor)
      throws IOException {
    try (FileChannel channel = disk.open(segment.file(), StandardOpenOption.READ)) {
      FrameScanner scanner = new FrameScanner(channel, segment.header(), limit);
      scanner.skipTo(from);
      while (scanner.position() < limit) {
        Frame frame = scanner.next();
        if (frame == null || frame.kind() != Frame.Kind.BATCH) {
          throw Recovery.damaged(
              scanner.position(), segment.file(), "what is stored there is not what was written");
        }
        if (frame.base() >= from) {
          visitor.visit(frame.base(), frame.payload());
        }
      }
    }
  }

  private static void closeAll(Closing... closings) throws IOException {
    IOException failure = null;
    for (Closing closing : closings) {
      try {
        closing.run();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static int spareBytes(int payloadBytes) {
    return Math.toIntExact(SegmentHeader.BYTES + Frame.sizeBytes(payloadBytes));
  }

  private static List<Path> filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static Thread startThread(String name, Runnable body) {
    return Thread.ofPlatform().name(name).daemon().start(body);
  }

  private static void joinUninterruptibly(Thread thread) {
    boolean wasInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        wasInterrupted = true;
      }
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
