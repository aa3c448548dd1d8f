package io.rivulet.engine.subscription;

/** Immutable. The answer to a worker that wants the lease of a subscription. */
public sealed interface Claimed {
  /** It has it. */
  record Granted(Wake wake) implements Claimed {}

  /** Another one has it. */
  record Held(String holder, long generation) implements Claimed {}

  /** There is nothing to do. */
  record NothingPending() implements Claimed {}
}
