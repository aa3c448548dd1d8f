package io.rivulet.bench.overtaking;

import apache.rocketmq.v2.Message;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread that runs the case; answers come on gRPC's threads and leave only an atomic
 * reference, and a timer's thread gives the consumer's signs of life. A PRIORITY topic of
 * RocketMQ's protocol: Rivulet or RocketMQ. The consumer takes as many messages at once as it may
 * hold, and asks again when it has begun with the last of them.
 */
public final class RawUrgentQueue implements UrgentQueue {
  private static final Duration INVISIBLE = Duration.ofSeconds(60);
  private static final Duration WAIT = Duration.ofSeconds(5);

  private static final Duration HEARTBEAT = Duration.ofSeconds(10);

  private final RawClient producer;
  private final RawClient consumer;

  /** RocketMQ forgets a consumer that gives no sign of life, such as while a backlog comes. */
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("overtake-heartbeat").factory());

  private final RawMessages messages;
  private final Levels levels;
  private final int batch;
  private final int inFlight;
  private final Queue<Message> hand = new ArrayDeque<>();
  private final AtomicReference<@Nullable Throwable> refusal = new AtomicReference<>();
  private int hold = 1;

  /**
   * Connects both.
   *
   * @param batch messages in each request that fills the queue
   * @param inFlight such requests without an answer
   */
  public RawUrgentQueue(
      String endpoint, String group, String topic, Levels levels, int batch, int inFlight) {
    this.producer = RawClient.producer(endpoint, topic);
    this.consumer = RawClient.consumer(endpoint, group, topic);
    this.messages = new RawMessages(topic);
    this.levels = levels;
    this.batch = batch;
    this.inFlight = inFlight;
    ScheduledFuture<?> _ =
        heart.scheduleAtFixedRate(consumer::heartbeat, 0, HEARTBEAT.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public LoadResult fill(byte[] body, long count) {
    LoadResult whole =
        new LoadLoop(_ -> send(body, levels.low(), batch), inFlight).requests(count / batch);
    LoadResult rest =
        new LoadLoop(_ -> send(body, levels.low(), 1), inFlight).requests(count % batch);
    return new LoadResult(
        whole.requests() * batch + rest.requests(),
        whole.failures() + rest.failures(),
        whole.elapsedNanos() + rest.elapsedNanos(),
        whole.latencyNanos(),
        whole.firstFailure() + rest.firstFailure());
  }

  @Override
  public void sendPatient(byte[] body) {
    send(body, levels.low(), 1).join();
  }

  @Override
  public void sendUrgent(byte[] body) {
    send(body, levels.high(), 1).join();
  }

  private CompletableFuture<?> send(byte[] body, int priority, int count) {
    return producer.send(messages.withPriority(body, priority, count));
  }

  @Override
  public void hold(int messages) {
    hold = messages;
  }

  @Override
  public int held() {
    return hand.size();
  }

  @Override
  public Delivery next(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (hand.isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException("no message came for " + patience.toSeconds() + " s");
      }
      hand.addAll(consumer.receive(hold, INVISIBLE, WAIT).join());
    }
    Throwable refused = refusal.get();
    if (refused != null) {
      throw new IllegalStateException("an acknowledgement was refused", refused);
    }
    Message message = hand.remove();
    return new Delivery(message.getBody().asReadOnlyByteBuffer(), () -> acknowledge(message));
  }

  private void acknowledge(Message message) {
    CompletableFuture<?> _ =
        consumer
            .acknowledge(message)
            .whenComplete((_, failure) -> {
              if (failure != null) {
                refusal.compareAndSet(null, failure);
              }
            });
  }

  @Override
  public void close() {
    heart.shutdownNow();
    consumer.close();
    producer.close();
  }
}
