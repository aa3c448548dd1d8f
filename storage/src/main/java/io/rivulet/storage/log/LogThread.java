package io.rivulet.storage.log;

import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Owned by the log thread, {@code rivulet-log}. Group commit: takes everything that was appended,
 * writes it in one piece, syncs it once, tells the listener, and begins again with what was
 * appended meanwhile.
 */
final class LogThread implements Runnable {
  private final LogConfig config;
  private final LogEnds ends;
  private final SegmentWriter writer;
  private final LogListener listener;
  private final Clock clock;
  private long unsyncedSinceNanos;

  LogThread(
      LogConfig config, LogEnds ends, SegmentWriter writer, LogListener listener, Clock clock) {
    this.config = config;
    this.ends = ends;
    this.writer = writer;
    this.listener = listener;
    this.clock = clock;
  }

  @Override
  public void run() {
    try {
      LogEnds.Work work = awaitWork();
      while (!work.isLast()) {
        commit(work);
        work = awaitWork();
      }
      if (ends.failure() == null) {
        finish();
      }
    } catch (Throwable e) {
      // The top of the thread: whoever waits for it must hear of it, whatever it was.
      fail(e);
    }
  }

  /** Reports, once, that the log is broken. */
  void fail(Throwable cause) {
    if (ends.fail(cause)) {
      listener.failed(cause);
    }
  }

  /** What the sync thread, {@code rivulet-log-sync}, does where durable does not mean synced. */
  void syncAtIntervals() {
    try {
      while (ends.awaitSyncTurn(config.syncInterval())) {
        long end = ends.written();
        writer.sync();
        ends.synced(end);
      }
    } catch (Throwable e) {
      // The top of the thread: whoever waits for it must hear of it, whatever it was.
      fail(e);
    }
  }

  private LogEnds.Work awaitWork() {
    long elapsed = clock.nanos() - unsyncedSinceNanos;
    return ends.awaitWork(syncsItself(), config.syncInterval().toNanos() - elapsed);
  }

  private void commit(LogEnds.Work work) throws IOException {
    if (work.appended() > ends.written()) {
      if (ends.written() == ends.synced()) {
        unsyncedSinceNanos = clock.nanos();
      }
      write(work.appended());
      ends.written(work.appended());
      listener.written(work.appended());
      if (!syncsItself()) {
        listener.durable(work.appended());
      }
    }
    if (work.mustSync()) {
      sync();
      listener.durable(ends.synced());
    }
  }

  /** Writes up to a position, through as many segments as it takes. */
  private void write(long end) throws IOException {
    long from = ends.written();
    while (from < end) {
      SegmentFile segment = writer.segment();
      long segmentEnd = Math.min(end, segment.end());
      if (from < segmentEnd) {
        long start = Math.max(Frame.align(from), segment.base() + SegmentHeader.BYTES);
        writer.writeTail(start, segmentEnd);
        from = segmentEnd;
      }
      if (from < end) {
        changeSegment(from);
      }
    }
  }

  private void changeSegment(long written) throws IOException {
    SegmentFile next = Objects.requireNonNull(writer.segment().next(), "the next segment");
    ends.written(written);
    sync();
    writer.changeTo(next);
  }

  private void sync() throws IOException {
    long end = ends.written();
    writer.sync();
    ends.synced(end);
  }

  /** The clean stop: all is synced, and a mark says so, so that later damage is recognised. */
  private void finish() throws IOException {
    sync();
    SegmentFile segment = writer.segment();
    long at = segment.nextFrame();
    if (at + Frame.HEADER_BYTES <= segment.limit()) {
      ByteBuffer mark = ByteBuffer.allocate(Frame.HEADER_BYTES);
      Frame.encodeHeader(
          mark,
          segment.header().salt(),
          new Frame(
              Frame.Kind.MARK,
              at + Frame.HEADER_BYTES,
              at,
              segment.lastAppendMillis(),
              ByteBuffer.allocate(0)));
      writer.write(at, mark);
      writer.sync();
    }
  }

  private boolean syncsItself() {
    return config.durability() == Durability.FSYNC;
  }
}
