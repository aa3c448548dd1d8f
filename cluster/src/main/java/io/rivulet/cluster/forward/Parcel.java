package io.rivulet.cluster.forward;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: whether it goes is atomic; how far it went is known to who holds the pen of
 * its {@link Outbox}. A part of a frame, or a call or an answer that goes in pieces.
 */
final class Parcel {
  private static final int WAITS = 0;
  private static final int GOES = 1;
  private static final int ADMITTED = 2;
  private static final int DROPPED = 3;

  final long number;
  private final byte[] bytes;
  private final int headBytes;
  private final int size;
  private final AtomicInteger state = new AtomicInteger();
  private @Nullable Runnable whenGone;
  private int goneBytes;

  /**
   * @param bytes as they go; those behind the size are none
   * @param headBytes of these, those that precede the bytes of a call or an answer
   */
  Parcel(long number, byte[] bytes, int headBytes, int size) {
    this.number = number;
    this.bytes = bytes;
    this.headBytes = headBytes;
    this.size = size;
  }

  /** To be run when the last byte was given to the transport; set before it goes anywhere. */
  Parcel whenGone(Runnable task) {
    whenGone = task;
    return this;
  }

  /** Whether it is offered first and goes in pieces when there is room for it. */
  boolean isLarge() {
    return bytes[0] == Parts.OFFER;
  }

  int sizeBytes() {
    return size;
  }

  /** Nobody wants it any more. True if nothing of it has gone, nor will. */
  boolean drop() {
    return state.getAndSet(DROPPED) == WAITS;
  }

  /** There is room for it at the other end. True once, and only if it was offered. */
  boolean admit() {
    return isLarge() && state.compareAndSet(GOES, ADMITTED);
  }

  private boolean isDropped() {
    return state.get() == DROPPED;
  }

  private void gone() {
    Runnable task = whenGone;
    if (task != null) {
      task.run();
    }
  }

  // ---- for who holds the pen

  /** Adds it, or the offer of it; not if nobody wants it any more. */
  void addTo(Frame frame) {
    if (!state.compareAndSet(WAITS, GOES)) {
      return;
    }
    if (isLarge()) {
      goneBytes = headBytes;
      frame.add(bytes, 0, headBytes);
    } else {
      frame.add(bytes, 0, size);
      gone();
    }
  }

  /** Adds its next piece. False: there is none any more. */
  boolean addPieceTo(Frame frame) {
    if (isDropped()) {
      return false;
    }
    int count = Math.min(size - goneBytes, Parts.PIECE_BYTES);
    byte[] head = Parts.pieceHead(number, count);
    frame.add(head, 0, head.length);
    frame.add(bytes, goneBytes, count);
    goneBytes += count;
    if (goneBytes < size) {
      return true;
    }
    gone();
    return false;
  }
}
