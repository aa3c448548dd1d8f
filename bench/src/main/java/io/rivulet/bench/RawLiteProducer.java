package io.rivulet.bench;

import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: its client is. */
final class RawLiteProducer implements LiteProducer {
  private final RawClient client;
  private final RawMessages messages;

  RawLiteProducer(String endpoint, String topic) {
    this.client = RawClient.producer(endpoint, topic);
    this.messages = new RawMessages(topic);
  }

  @Override
  public CompletableFuture<?> send(byte[] body, String liteTopic) {
    return client.send(messages.toLiteTopic(body, liteTopic));
  }

  @Override
  public CompletableFuture<?> send(byte[] body, List<String> liteTopics) {
    return client.send(messages.toLiteTopics(body, liteTopics));
  }

  @Override
  public void close() {
    client.close();
  }
}
