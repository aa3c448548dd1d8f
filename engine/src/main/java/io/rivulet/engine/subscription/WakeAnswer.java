package io.rivulet.engine.subscription;

/** Immutable. The answer to whoever works for a wake. */
public sealed interface WakeAnswer {
  /**
   * It was done.
   *
   * @param nextWake the lease has ended, and something is pending again
   */
  record Done(boolean nextWake) implements WakeAnswer {}

  /** The wake is not the current one: its lease has ended, or it was finished. */
  record Fenced(long generation) implements WakeAnswer {}

  /** Nothing was acknowledged: an offset lies beyond the end of its stream. */
  record BeyondEnd(StreamAck ack, long tailOffset) implements WakeAnswer {}

  /** Nothing was acknowledged: the stream is none of the subscription's. */
  record NotLinked(StreamPath stream) implements WakeAnswer {}
}
