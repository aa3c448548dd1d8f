package io.rivulet.client;

import io.grpc.Deadline;
import io.rivulet.api.v1.Message;
import java.util.concurrent.CompletableFuture;

/**
 * Immutable but for its future.
 *
 * @param deadline until when it is tried
 */
record PendingMessage(Message message, Deadline deadline, CompletableFuture<Receipt> receipt) {
  // What an entry costs beside its body: an estimate, so that empty bodies are bounded too.
  private static final int OVERHEAD_BYTES = 200;

  int sizeBytes() {
    return message.getBody().size() + OVERHEAD_BYTES;
  }

  /** What it must keep its order with; empty: nothing. */
  String lane() {
    return message.getLiteTopic().isEmpty() ? message.getMessageGroup() : message.getLiteTopic();
  }
}
