package io.rivulet.storage.log;

import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.log.LogListener;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A process of its own that appends numbered batches to a log until it is killed. Prints the number
 * of each batch that became durable, one a line, after that happened.
 */
final class AppendingProcess {
  private static final int TRIM_DISTANCE_SEGMENTS = 4;
  private static final long MAX_UNWRITTEN_BYTES = 16 << 10;

  private record Batch(long number, long end) {}

  private AppendingProcess() {}

  /** Takes the folder, the durability and the number of the first batch. */
  public static void main(String[] arguments) throws IOException {
    Queue<Batch> appended = new ConcurrentLinkedQueue<>();
    LogConfig config =
        LogFolders.config(Path.of(arguments[0])).withDurability(Durability.valueOf(arguments[1]));
    FileLog log = FileLog.open(config, Clock.system());
    log.start(
        new LogListener() {
          @Override
          public void written(long end) {}

          @Override
          public void durable(long end) {
            long last = -1;
            for (Batch batch = appended.peek();
                batch != null && batch.end <= end;
                batch = appended.peek()) {
              last = appended.remove().number;
            }
            if (last >= 0) {
              System.out.println(last);
            }
          }

          @Override
          public void failed(Throwable cause) {
            System.out.println("failed: " + cause);
          }
        });
    for (long number = Long.parseLong(arguments[2]); ; number++) {
      ByteBuffer payload = payload(number);
      long end = log.append(payload, Urgency.NORMAL, true) + payload.remaining();
      appended.add(new Batch(number, end));
      if (log.unwrittenBytes() > MAX_UNWRITTEN_BYTES) {
        log.sync(log.end());
        log.trim(log.end() - (long) TRIM_DISTANCE_SEGMENTS * LogFolders.SEGMENT_BYTES);
      }
    }
  }

  /** The number, and as many bytes made from it as it says. */
  static ByteBuffer payload(long number) {
    int filler = (int) (number * 31 % 2_000);
    ByteBuffer payload = ByteBuffer.allocate(Long.BYTES + filler).putLong(number);
    while (payload.hasRemaining()) {
      payload.put((byte) (number + payload.position()));
    }
    return payload.flip();
  }
}
