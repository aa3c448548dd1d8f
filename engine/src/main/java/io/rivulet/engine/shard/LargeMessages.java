package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteWriter;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Puts large messages into the log chunk by chunk, all of them in turns.
 *
 * <p>The log writes and syncs in the order in which it was given things, so whatever is appended
 * behind a chunk waits for it. Therefore only so many bytes of chunks may be on their way to the
 * disk at the same time; the next goes when an earlier one is durable.
 */
final class LargeMessages {
  /** One message, some of whose chunks are in the log. */
  private static final class Incoming {
    final Draft draft;
    final ByteWriter chunks;
    final Consumer<byte @Nullable []> whenInLog;
    int next;

    Incoming(Draft draft, int chunkCount, Consumer<byte @Nullable []> whenInLog) {
      this.draft = draft;
      this.whenInLog = whenInLog;
      chunks = new ByteWriter(4 + 12 * chunkCount);
      chunks.putInt(chunkCount);
    }

    int left() {
      return draft.sizeBytes() - next;
    }
  }

  private final int chunkBytes;
  private final int windowBytes;
  private final Recorder recorder;
  private final Counters counters;
  private final ArrayDeque<Incoming> turns = new ArrayDeque<>();
  private int underWayBytes;

  LargeMessages(int chunkBytes, int windowBytes, Recorder recorder, Counters counters) {
    this.chunkBytes = chunkBytes;
    this.windowBytes = windowBytes;
    this.recorder = recorder;
    this.counters = counters;
  }

  /**
   * Puts a message into the log.
   *
   * @param whenInLog gets what the message's header says of its chunks once all of them are in the
   *     log (not yet durable); null if the disk has no room: the chunks that were written mean
   *     nothing without a header
   */
  void append(Draft draft, Consumer<byte @Nullable []> whenInLog) {
    int chunkCount = Math.ceilDiv(draft.sizeBytes(), chunkBytes);
    turns.add(new Incoming(draft, chunkCount, whenInLog));
    counters.largeBytesWaiting.add(draft.sizeBytes());
    go();
  }

  private void go() {
    while (!turns.isEmpty() && underWayBytes < windowBytes) {
      Incoming incoming = turns.remove();
      int count = Math.min(chunkBytes, incoming.left());
      if (!recorder.hasRoomForMessages(count)) {
        counters.largeBytesWaiting.add(-incoming.left());
        incoming.whenInLog.accept(null);
        continue;
      }
      underWayBytes += count;
      long position =
          recorder.appendChunk(
              incoming.draft,
              incoming.next,
              count,
              () -> {
                underWayBytes -= count;
                go();
              });
      incoming.chunks.putLong(position).putInt(count);
      incoming.next += count;
      counters.largeBytesWaiting.add(-count);
      if (incoming.left() > 0) {
        turns.add(incoming);
      } else {
        incoming.whenInLog.accept(incoming.chunks.toBytes());
      }
    }
  }
}
