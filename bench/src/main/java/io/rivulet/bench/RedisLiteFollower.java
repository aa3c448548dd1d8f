package io.rivulet.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.rivulet.bench.redis.RedisCommand;
import io.rivulet.bench.redis.RedisConnection;
import io.rivulet.bench.redis.RedisReply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by whoever has the last answer: one read is in flight at a time and its answer starts the
 * next. Redis keeps no list of what a client follows: each read names all streams, and after which
 * entry of each.
 */
final class RedisLiteFollower implements LiteFollower {
  private static final int BLOCK_MILLIS = 20_000;
  private static final String FROM_THE_BEGINNING = "0-0";

  private final RedisConnection connection;
  private final String topic;
  private final Map<String, String> lastIds = new LinkedHashMap<>();
  private volatile boolean isEnded;
  private volatile long followed;

  RedisLiteFollower(String endpoint, String topic) {
    this.topic = topic;
    try {
      this.connection = RedisConnection.open(endpoint);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public CompletableFuture<?> follow(List<String> liteTopics) {
    lastIds.clear();
    for (String liteTopic : liteTopics) {
      lastIds.put(RedisLiteProducer.key(topic, liteTopic), FROM_THE_BEGINNING);
    }
    return connection.send(read(-1)).thenRun(() -> followed = lastIds.size());
  }

  @Override
  public long followed() {
    return followed;
  }

  @Override
  public void receive(Consumer<ByteBuffer> listener) {
    CompletableFuture<?> _ =
        connection
            .send(read(BLOCK_MILLIS))
            .whenComplete((reply, failure) -> received(reply, failure, listener));
  }

  /** A read of all streams; waits for something if given how long. */
  private RedisCommand read(int blockMillis) {
    boolean isWaiting = blockMillis >= 0;
    RedisCommand command = new RedisCommand(2 + (isWaiting ? 2 : 0) + 2 * lastIds.size());
    command.add("XREAD");
    if (isWaiting) {
      command.add("BLOCK").add(Integer.toString(blockMillis));
    }
    command.add("STREAMS");
    lastIds.keySet().forEach(command::add);
    lastIds.values().forEach(command::add);
    return command;
  }

  private void received(
      @Nullable RedisReply reply, @Nullable Throwable failure, Consumer<ByteBuffer> listener) {
    if (isEnded) {
      return;
    }
    if (reply == null) {
      System.err.println("a read failed: " + failure);
      return;
    }
    for (RedisReply stream : reply.parts()) {
      String key = new String(stream.parts().get(0).bytes(), UTF_8);
      for (RedisReply entry : stream.parts().get(1).parts()) {
        lastIds.put(key, new String(entry.parts().get(0).bytes(), UTF_8));
        listener.accept(ByteBuffer.wrap(entry.parts().get(1).parts().get(1).bytes()));
      }
    }
    receive(listener);
  }

  @Override
  public void close() {
    isEnded = true;
    connection.close();
  }
}
