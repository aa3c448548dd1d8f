package io.rivulet.bench;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DeliverPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Safe for all threads: its connection is. A consumer per subject, because only then does the
 * server know for each of them how far its reader has come, as it does for a lite topic; it pushes
 * and each message is acknowledged. Where there is a choice it is the cheaper one: the consumers
 * are kept in memory, deliver only what is new, and all to one inbox.
 */
final class NatsLiteFollower implements LiteFollower {
  /** Requests for a consumer at a time: a client that waits for each would measure itself. */
  private static final int AT_A_TIME = 16;

  private final Connection connection;
  private final String topic;
  private final String inbox;
  private final AtomicInteger made = new AtomicInteger();
  private volatile Consumer<ByteBuffer> listener = _ -> {};

  NatsLiteFollower(String endpoint, String topic) {
    this.topic = topic;
    this.connection = NatsLiteProducer.connect(endpoint);
    this.inbox = connection.createInbox();
    Dispatcher dispatcher = connection.createDispatcher(this::received);
    dispatcher.subscribe(inbox);
  }

  @Override
  public CompletableFuture<?> follow(List<String> liteTopics) {
    JetStreamManagement management;
    try {
      management = connection.jetStreamManagement();
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
    ExecutorService makers = Executors.newFixedThreadPool(AT_A_TIME);
    CompletableFuture<?>[] answers =
        liteTopics.stream()
            .map(name -> CompletableFuture.runAsync(() -> addConsumer(management, name), makers))
            .toArray(CompletableFuture[]::new);
    return CompletableFuture.allOf(answers).whenComplete((_, _) -> makers.shutdownNow());
  }

  private void addConsumer(JetStreamManagement management, String liteTopic) {
    try {
      var _ =
          management.addOrUpdateConsumer(
              topic,
              ConsumerConfiguration.builder()
                  .deliverSubject(inbox)
                  .filterSubject(NatsLiteProducer.subject(topic, liteTopic))
                  .ackPolicy(AckPolicy.Explicit)
                  .deliverPolicy(DeliverPolicy.New)
                  .memStorage(true)
                  .build());
      made.incrementAndGet();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JetStreamApiException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public long followed() {
    return made.get();
  }

  @Override
  public void receive(Consumer<ByteBuffer> receiver) {
    listener = receiver;
  }

  private void received(Message message) {
    listener.accept(ByteBuffer.wrap(message.getData()));
    message.ack();
  }

  @Override
  public void close() {
    close(connection);
  }

  static void close(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
