package io.rivulet.bench;

import io.rivulet.bench.raw.RawClient;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Owned by the thread that runs the case; only {@link #follow} is for others too. */
final class RawLiteFollower implements LiteFollower {
  private final RawClient client;
  private @Nullable Reception reception;
  private volatile long followed;

  RawLiteFollower(String endpoint, String group, String topic) {
    this.client = RawClient.liteConsumer(endpoint, group, topic);
  }

  @Override
  public CompletableFuture<?> follow(List<String> liteTopics) {
    return client.follow(liteTopics).thenRun(() -> followed = liteTopics.size());
  }

  @Override
  public long followed() {
    return followed;
  }

  @Override
  public void receive(Consumer<ByteBuffer> listener) {
    Reception begun = new Reception(client, listener);
    begun.begin();
    reception = begun;
  }

  @Override
  public void close() {
    if (reception != null) {
      reception.end();
    }
    client.close();
  }
}
