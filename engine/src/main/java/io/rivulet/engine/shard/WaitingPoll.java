package io.rivulet.engine.shard;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Owned by the shard thread; the future is safe for all. A receive that waits for messages. */
final class WaitingPoll extends Timed {
  final PollRequest request;
  final CompletableFuture<Outcome<List<DeliveredMessage>>> reply;
  final Client client;
  final Subscriber subscriber;

  WaitingPoll(
      PollRequest request,
      CompletableFuture<Outcome<List<DeliveredMessage>>> reply,
      Client client,
      Subscriber subscriber) {
    this.request = request;
    this.reply = reply;
    this.client = client;
    this.subscriber = subscriber;
  }
}
