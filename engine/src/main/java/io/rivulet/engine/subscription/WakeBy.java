package io.rivulet.engine.subscription;

/** Immutable. How the subscriber is woken. */
public sealed interface WakeBy {
  /** By a request to this address. */
  record Webhook(String url) implements WakeBy {}

  /** By a message in a stream that workers read; one of them then claims the subscription. */
  record PullWake(StreamPath wakeStream) implements WakeBy {}
}
