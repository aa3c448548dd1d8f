package io.rivulet.bench;

import io.rivulet.bench.redis.RedisCommand;
import io.rivulet.bench.redis.RedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: its connection is. Adds to a stream per lite topic. */
final class RedisLiteProducer implements LiteProducer {
  private final RedisConnection connection;
  private final String topic;

  RedisLiteProducer(String endpoint, String topic) {
    this.topic = topic;
    try {
      this.connection = RedisConnection.open(endpoint);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The key of a lite topic's stream. */
  static String key(String topic, String liteTopic) {
    return topic + ":" + liteTopic;
  }

  @Override
  public CompletableFuture<?> send(byte[] body, String liteTopic) {
    return connection.send(
        new RedisCommand(5).add("XADD").add(key(topic, liteTopic)).add("*").add("body").add(body));
  }

  @Override
  public void close() {
    connection.close();
  }
}
