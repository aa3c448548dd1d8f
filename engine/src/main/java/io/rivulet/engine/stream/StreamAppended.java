package io.rivulet.engine.stream;

/** Immutable. What became of an append. */
public sealed interface StreamAppended {
  /**
   * It is stored, and the stream closed if that was asked for.
   *
   * @param endOffset the stream's end after it
   */
  record Stored(long endOffset) implements StreamAppended {}

  /**
   * It was stored before.
   *
   * @param lastSeq the newest append of its producer and epoch
   */
  record Repeated(long endOffset, long lastSeq, boolean isClosed) implements StreamAppended {}

  /** There is no such stream. */
  record Missing() implements StreamAppended {}

  /** The stream was deleted, and is kept for its forks only. */
  record Gone() implements StreamAppended {}

  /** The stream is closed. */
  record Closed(long endOffset) implements StreamAppended {}

  /** The stream holds something else. */
  record OtherContentType(String contentType) implements StreamAppended {}

  /** The sequence value is not greater than the last one. */
  record SeqTooLow(String lastSeq) implements StreamAppended {}

  /** A newer epoch of the producer has begun. */
  record OldEpoch(long epoch) implements StreamAppended {}

  /** The first append of an epoch has another number than 0. */
  record EpochNotFromZero() implements StreamAppended {}

  /** An append before it is missing. */
  record SeqGap(long expected, long received) implements StreamAppended {}
}
