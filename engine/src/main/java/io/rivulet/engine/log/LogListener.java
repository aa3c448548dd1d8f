package io.rivulet.engine.log;

/** Called by the log's own thread: must only hand the news on. */
public interface LogListener {
  /** All batches below {@code end} are in the file: they survive the death of the process. */
  void written(long end);

  /** All awaited batches below {@code end} are durable in the log's configured mode. */
  void durable(long end);

  /** The log is broken for good (failed write or fsync): nothing more will become durable. */
  void failed(Throwable cause);
}
