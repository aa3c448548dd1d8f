package io.rivulet.bench;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: its connection is. Sends to lite topics of one parent, or to what is the
 * nearest to them in another kind of server.
 */
interface LiteProducer extends AutoCloseable {
  /** One message, which makes the lite topic if it is the first. */
  CompletableFuture<?> send(byte[] body, String liteTopic);

  /** One message to each, in one request where the server takes that. */
  default CompletableFuture<?> send(byte[] body, List<String> liteTopics) {
    return CompletableFuture.allOf(
        liteTopics.stream()
            .map(liteTopic -> send(body, liteTopic))
            .toArray(CompletableFuture[]::new));
  }

  @Override
  void close();
}
