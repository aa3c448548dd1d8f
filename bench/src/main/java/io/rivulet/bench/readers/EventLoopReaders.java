package io.rivulet.bench.readers;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Owned by one event loop. The readers that it serves, and what they share. */
final class EventLoopReaders {
  private final EventLoop eventLoop;
  private final ReadAddress address;
  private final int sizeBytes;
  private final Readers all;
  private final Consumer<Reader> letIn;
  private final Figures figures = new Figures();
  private final List<Reader> readers = new ArrayList<>();

  /** What arrives is copied here: looking at single bytes is quicker in an array. */
  private byte[] scratch = new byte[1 << 16];

  EventLoopReaders(
      EventLoop eventLoop,
      ReadAddress address,
      int sizeBytes,
      Readers all,
      Consumer<Reader> letIn) {
    this.eventLoop = eventLoop;
    this.address = address;
    this.sizeBytes = sizeBytes;
    this.all = all;
    this.letIn = letIn;
  }

  EventLoop executor() {
    return eventLoop;
  }

  ReadAddress address() {
    return address;
  }

  int sizeBytes() {
    return sizeBytes;
  }

  Figures figures() {
    return figures;
  }

  List<Reader> readers() {
    return readers;
  }

  Attendance attendance() {
    return all.attendance();
  }

  boolean isMeasured(long dueNanos) {
    return all.window().holds(dueNanos);
  }

  boolean isServerUp() {
    return all.isServerUp();
  }

  boolean isClosed() {
    return all.isClosed();
  }

  void letIn(Reader reader) {
    letIn.accept(reader);
  }

  /** Room for so many bytes; what stood in it is gone. */
  byte[] scratch(int length) {
    if (scratch.length < length) {
      scratch = new byte[length];
    }
    return scratch;
  }
}
