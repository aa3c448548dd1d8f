package io.rivulet.bench.overtaking;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Owned by the thread that runs the case; deliveries and confirms come on the client's threads,
 * through concurrent collections. A durable RabbitMQ queue with persistent messages, each
 * confirmed. A consumer that may hold one message gets each with basic.get; one that may hold more
 * is sent that many in advance (prefetch), and one more for each that it acknowledges.
 */
public final class RabbitUrgentQueue implements UrgentQueue {
  /** The kinds of queue that can be declared. */
  public enum Kind {
    classic,
    quorum
  }

  private static final int PERSISTENT = 2;
  private static final int MAX_LEVEL = 10;
  private static final long PAUSE_NANOS = 100_000;

  private final String queue;
  private final Levels levels;
  private final int inFlight;
  private final Connection connection;
  private final Channel publishing;
  private final Channel consuming;
  private final ConcurrentNavigableMap<Long, CompletableFuture<Void>> unconfirmed =
      new ConcurrentSkipListMap<>();
  private final BlockingQueue<Delivery> hand = new LinkedBlockingQueue<>();
  private int hold = 1;

  /**
   * Connects and declares the queue.
   *
   * @param inFlight messages without a confirm while the queue is filled
   */
  public RabbitUrgentQueue(String endpoint, String queue, Kind kind, Levels levels, int inFlight)
      throws IOException {
    this.queue = queue;
    this.levels = levels;
    this.inFlight = inFlight;
    ConnectionFactory factory = new ConnectionFactory();
    int colon = endpoint.lastIndexOf(':');
    factory.setHost(endpoint.substring(0, colon));
    factory.setPort(Integer.parseInt(endpoint.substring(colon + 1)));
    try {
      this.connection = factory.newConnection();
    } catch (TimeoutException e) {
      throw new IOException(e);
    }
    this.publishing = connection.createChannel();
    this.consuming = connection.createChannel();
    consuming.queueDeclare(queue, true, false, false, arguments(kind));
    publishing.confirmSelect();
    publishing.addConfirmListener(
        (tag, isMultiple) -> confirmed(tag, isMultiple, true),
        (tag, isMultiple) -> confirmed(tag, isMultiple, false));
  }

  /** A quorum queue has the levels that its version has; only a classic one is told how many. */
  private static Map<String, Object> arguments(Kind kind) {
    Map<String, Object> arguments = new HashMap<>();
    switch (kind) {
      case classic -> arguments.put("x-max-priority", MAX_LEVEL);
      case quorum -> arguments.put("x-queue-type", "quorum");
    }
    return arguments;
  }

  private void confirmed(long tag, boolean isMultiple, boolean isStored) {
    NavigableMap<Long, CompletableFuture<Void>> answered =
        isMultiple ? unconfirmed.headMap(tag, true) : unconfirmed.subMap(tag, true, tag, true);
    for (CompletableFuture<Void> answer : answered.values()) {
      if (isStored) {
        answer.complete(null);
      } else {
        answer.completeExceptionally(new IOException("RabbitMQ did not take a message"));
      }
    }
    answered.clear();
  }

  @Override
  public LoadResult fill(byte[] body, long count) {
    return new LoadLoop(_ -> publish(body, levels.low()), inFlight).requests(count);
  }

  @Override
  public void sendPatient(byte[] body) {
    publish(body, levels.low()).join();
  }

  @Override
  public void sendUrgent(byte[] body) {
    publish(body, levels.high()).join();
  }

  private CompletableFuture<Void> publish(byte[] body, int priority) {
    BasicProperties properties =
        new BasicProperties.Builder().deliveryMode(PERSISTENT).priority(priority).build();
    CompletableFuture<Void> answer = new CompletableFuture<>();
    unconfirmed.put(publishing.getNextPublishSeqNo(), answer);
    try {
      publishing.basicPublish("", queue, properties, body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answer;
  }

  @Override
  public void hold(int messages) {
    hold = messages;
    if (!isPushed()) {
      return;
    }
    try {
      consuming.basicQos(messages);
      consuming.basicConsume(
          queue,
          false,
          (_, delivery) ->
              hand.add(delivery(delivery.getBody(), delivery.getEnvelope().getDeliveryTag())),
          _ -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public int held() {
    // Whatever it has acknowledged, it has asked for another one by that.
    return isPushed() ? hold : 0;
  }

  private boolean isPushed() {
    return hold > 1;
  }

  @Override
  public Delivery next(Duration patience) {
    try {
      Delivery next =
          isPushed() ? hand.poll(patience.toMillis(), TimeUnit.MILLISECONDS) : get(patience);
      if (next == null) {
        throw new IllegalStateException("no message came for " + patience.toSeconds() + " s");
      }
      return next;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private Delivery get(Duration patience) throws IOException {
    long deadline = System.nanoTime() + patience.toNanos();
    GetResponse response = consuming.basicGet(queue, false);
    while (response == null) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("no message came for " + patience.toSeconds() + " s");
      }
      LockSupport.parkNanos(PAUSE_NANOS);
      response = consuming.basicGet(queue, false);
    }
    return delivery(response.getBody(), response.getEnvelope().getDeliveryTag());
  }

  private Delivery delivery(byte[] body, long tag) {
    return new Delivery(ByteBuffer.wrap(body), () -> acknowledge(tag));
  }

  private void acknowledge(long tag) {
    try {
      consuming.basicAck(tag, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    connection.abort();
  }
}
