package io.rivulet.bench.crash;

import apache.rocketmq.v2.SendMessageRequest;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Owned by the thread that runs it. Sends jobs; one in doubt is sent again with the same id. */
public final class JobProducer {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Duration patience;
  private final String prefix;
  private final RawMessages messages;
  private final Set<String> acknowledged = new HashSet<>();
  private volatile int count;
  private @Nullable SendMessageRequest unanswered;

  JobProducer(String topic, String prefix) {
    this(topic, prefix, PATIENCE);
  }

  /** One that waits for each answer no longer than told. */
  public JobProducer(String topic, String prefix, Duration patience) {
    this.patience = patience;
    this.prefix = prefix;
    this.messages = new RawMessages(topic);
  }

  public Set<String> acknowledged() {
    return acknowledged;
  }

  /** How many; may be asked by other threads. */
  public int acknowledgedCount() {
    return count;
  }

  void produceUntilKilled(RawClient producer) {
    boolean isAnswered = true;
    while (isAnswered) {
      isAnswered = produceOne(producer);
    }
  }

  public boolean produceOne(RawClient producer) {
    String job = prefix + acknowledged.size();
    SendMessageRequest request = unanswered;
    if (request == null) {
      request = messages.request(job.getBytes(StandardCharsets.UTF_8), 1);
      unanswered = request;
    }
    try {
      producer.send(request).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      acknowledged.add(job);
      count = acknowledged.size();
      unanswered = null;
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
