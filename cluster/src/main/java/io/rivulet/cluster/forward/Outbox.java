package io.rivulet.cluster.forward;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what is to go is in queues without locks, and whoever finds the pen free
 * takes it and writes for all; nobody waits for it. What goes from one end of a stream to the
 * other.
 *
 * <p>Frames are written only when the transport has passed on all that was written before; what
 * comes meanwhile goes together in the next one. So the busier a stream is, the more goes in one
 * frame, and nobody waits for company.
 *
 * <p>What is small goes first, in the order of coming. What goes in pieces takes turns, a piece
 * each, and gets half of each frame however much small there is.
 */
final class Outbox {

  /** Where frames are written; used by one thread at a time. */
  interface Line {
    /** Whether a frame written now would go at once. If not, {@link Outbox#write} must follow. */
    boolean isReady();

    void write(Frame frame);
  }

  private final Line line;
  private final CallCounters counters;
  private final Queue<Parcel> waiting = new ConcurrentLinkedQueue<>();
  private final Queue<Parcel> admitted = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pen = new AtomicInteger();
  private volatile @Nullable Runnable last;

  // ---- for who holds the pen
  private final ArrayDeque<Parcel> inTurn = new ArrayDeque<>();
  private boolean isClosed;

  Outbox(Line line, CallCounters counters) {
    this.line = line;
    this.counters = counters;
  }

  /** To go behind all that is there; of what is large, the offer. */
  void add(Parcel parcel) {
    waiting.add(parcel);
    write();
  }

  /** There is room for it at the other end. */
  void admit(Parcel large) {
    if (large.admit()) {
      admitted.add(large);
      write();
    }
  }

  /** Nothing is written any more. The task has the pen, once. */
  void close(Runnable task) {
    last = task;
    write();
  }

  /** Writes what there is if the line takes it; to be called whenever it does again. */
  void write() {
    if (pen.getAndIncrement() != 0) {
      return; // whoever holds it looks again
    }
    int seen = 1;
    do {
      writeAll();
      seen = pen.addAndGet(-seen);
    } while (seen != 0);
  }

  private void writeAll() {
    while (!isClosed) {
      Runnable task = last;
      if (task != null) {
        isClosed = true;
        task.run();
        return;
      }
      if (!line.isReady()) {
        return;
      }
      Frame frame = next();
      if (frame.isEmpty()) {
        return;
      }
      counters.sent(frame.sizeBytes());
      line.write(frame);
    }
  }

  private Frame next() {
    for (Parcel each = admitted.poll(); each != null; each = admitted.poll()) {
      inTurn.add(each);
    }
    Frame frame = new Frame();
    int most = inTurn.isEmpty() ? Parts.FRAME_BYTES : Parts.FRAME_BYTES / 2;
    while (frame.sizeBytes() < most) {
      Parcel next = waiting.poll();
      if (next == null) {
        break;
      }
      next.addTo(frame);
    }
    while (frame.sizeBytes() < Parts.FRAME_BYTES) {
      Parcel next = inTurn.poll();
      if (next == null) {
        break;
      }
      if (next.addPieceTo(frame)) {
        inTurn.add(next);
      }
    }
    return frame;
  }
}
