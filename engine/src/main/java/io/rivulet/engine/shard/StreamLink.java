package io.rivulet.engine.shard;

/**
 * Owned by the shard thread. How far a subscription is in a queue, kept with the queue while that
 * is in memory.
 */
final class StreamLink {
  /** Nothing has been appended since the subscription follows the queue. */
  static final long AT_END = -1;

  final StreamSubscription subscription;

  /** Everything below is done, or {@link #AT_END}. */
  long ackedOffset;

  boolean isPending;

  StreamLink(StreamSubscription subscription, long ackedOffset, boolean isPending) {
    this.subscription = subscription;
    this.ackedOffset = ackedOffset;
    this.isPending = isPending;
  }
}
