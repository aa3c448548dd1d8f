package io.rivulet.bench;

/** Immutable. The kinds of server that have lite topics, or something near to them. */
enum LiteServer {
  /** RocketMQ's protocol without a client library: Rivulet or RocketMQ. */
  raw,
  /** A stream per lite topic. */
  redis,
  /** A subject per lite topic, all of a parent in one JetStream stream. */
  nats;

  static final String DESCRIPTION =
      "raw: RocketMQ's protocol without a client library; redis: a Redis stream per lite topic;"
          + " nats: a subject per lite topic, all in one JetStream stream (${DEFAULT-VALUE}).";

  LiteProducer producer(String endpoint, String topic) {
    return switch (this) {
      case raw -> new RawLiteProducer(endpoint, topic);
      case redis -> new RedisLiteProducer(endpoint, topic);
      case nats -> new NatsLiteProducer(endpoint, topic);
    };
  }

  LiteFollower follower(String endpoint, String group, String topic) {
    return switch (this) {
      case raw -> new RawLiteFollower(endpoint, group, topic);
      case redis -> new RedisLiteFollower(endpoint, topic);
      case nats -> new NatsLiteFollower(endpoint, topic);
    };
  }
}
