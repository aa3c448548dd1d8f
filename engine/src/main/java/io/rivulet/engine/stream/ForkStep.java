package io.rivulet.engine.stream;

/** Immutable. How far the making of a fork is whose source is in another shard. */
public sealed interface ForkStep {
  /** It is over. */
  record Done(StreamCreated created) implements ForkStep {}

  /**
   * What it begins with is to be copied.
   *
   * @param nextOffset everything below is there
   */
  record Copying(long nextOffset) implements ForkStep {}
}
