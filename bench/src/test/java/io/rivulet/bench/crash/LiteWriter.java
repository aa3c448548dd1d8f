package io.rivulet.bench.crash;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.SendMessageRequest;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread that runs it, one life of the server after the other. Writes a lite topic's
 * messages one by one, numbered. What was not acknowledged before a kill is sent again afterwards
 * with the same message id, as every official client does; so in the end each number must be in the
 * log exactly once, in order.
 */
public final class LiteWriter {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Duration patience;
  private final String liteTopic;
  private final RawMessages messages;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private @Nullable SendMessageRequest unanswered;

  LiteWriter(String topic, String liteTopic) {
    this(topic, liteTopic, PATIENCE);
  }

  /**
   * One that waits for each answer no longer than told: the message is in doubt then, and sent
   * again.
   */
  public LiteWriter(String topic, String liteTopic, Duration patience) {
    this.patience = patience;
    this.liteTopic = liteTopic;
    this.messages = new RawMessages(topic);
  }

  public String liteTopic() {
    return liteTopic;
  }

  /** The body of each message, in order. */
  public static String body(String liteTopic, int number) {
    return liteTopic + "/" + number;
  }

  /** How many the server has acknowledged, in all its lives. */
  public int acknowledged() {
    return acknowledged.get();
  }

  /** Everything that was acknowledged is there once, in order; the one in doubt may be. */
  public void check(List<String> bodies, String when) {
    int count = acknowledged.get();
    List<String> due = IntStream.range(0, count).mapToObj(each -> body(liteTopic, each)).toList();
    assertThat(bodies).as("%s %s", liteTopic, when).hasSizeGreaterThanOrEqualTo(count);
    assertThat(bodies.subList(0, count)).as("%s %s", liteTopic, when).isEqualTo(due);
    List<String> beyond = bodies.subList(count, bodies.size());
    if (unanswered != null) {
      assertThat(beyond).as(when).isSubsetOf(body(liteTopic, count));
      assertThat(beyond).as(when).hasSizeLessThanOrEqualTo(1);
    } else {
      assertThat(beyond).as(when).isEmpty();
    }
  }

  /** Writes until the server is gone. */
  void writeUntilKilled(RawClient producer) {
    boolean isAnswered = true;
    while (isAnswered) {
      isAnswered = writeOne(producer);
    }
  }

  /** Sends the next, or again the one in doubt; false if there was no answer. */
  public boolean writeOne(RawClient producer) {
    SendMessageRequest request = unanswered;
    if (request == null) {
      byte[] body = body(liteTopic, acknowledged.get()).getBytes(StandardCharsets.UTF_8);
      request = messages.toLiteTopic(body, liteTopic);
      unanswered = request;
    }
    try {
      producer.send(request).get(patience.toMillis(), TimeUnit.MILLISECONDS);
      acknowledged.incrementAndGet();
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
