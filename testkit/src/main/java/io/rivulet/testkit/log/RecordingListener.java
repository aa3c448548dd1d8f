package io.rivulet.testkit.log;

import io.rivulet.engine.log.LogListener;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: volatile fields, written by the log's thread. Remembers the news. */
public final class RecordingListener implements LogListener {
  private volatile long written;
  private volatile long durable;
  private volatile @Nullable Throwable failure;

  @Override
  public void written(long end) {
    check(end >= written, "written", end, written);
    written = end;
  }

  @Override
  public void durable(long end) {
    check(end >= durable, "durable", end, durable);
    check(end <= written, "durable before written", end, written);
    durable = end;
  }

  @Override
  public void failed(Throwable cause) {
    failure = cause;
  }

  public long written() {
    return written;
  }

  public long durable() {
    return durable;
  }

  public @Nullable Throwable failure() {
    return failure;
  }

  private void check(boolean holds, String what, long end, long before) {
    if (!holds) {
      failure = new AssertionError(what + " " + end + " after " + before);
    }
  }
}
