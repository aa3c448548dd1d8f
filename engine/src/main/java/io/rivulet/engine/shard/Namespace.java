package io.rivulet.engine.shard;

import io.rivulet.engine.Quotas;

/** Owned by the shard thread. The topics whose names begin alike, and what they have in all. */
final class Namespace {
  final String name;

  /** Lite topics of all topics. */
  long liteTopics;

  /** Subscriptions by name of all topics. */
  long subscriptions;

  Namespace(String name) {
    this.name = name;
  }

  /** What stands before the first {@code %} of a topic's name; empty if there is none. */
  static String of(String topic) {
    return Quotas.namespaceOf(topic);
  }
}
