package io.rivulet.engine.subscription;

/**
 * Immutable. A stream of a subscription.
 *
 * @param isExplicit it was named, not only meant by the pattern
 * @param ackedOffset everything below it is done
 * @param tailOffset the offset of the next message
 */
public record LinkedStream(StreamPath path, boolean isExplicit, long ackedOffset, long tailOffset) {
  public boolean hasPending() {
    return tailOffset > ackedOffset;
  }
}
