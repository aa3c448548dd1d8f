package io.rivulet.bench.crash;

import apache.rocketmq.v2.SendMessageRequest;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread that runs it, one life of the server after the other. Writes a lite topic's
 * messages one by one, numbered. What was not acknowledged before a kill is sent again afterwards
 * with the same message id, as every official client does; so in the end each number must be in the
 * log exactly once, in order.
 */
final class LiteWriter {
  private static final long PATIENCE_SECONDS = 20;

  private final String liteTopic;
  private final RawMessages messages;
  private int acknowledged;
  private @Nullable SendMessageRequest unanswered;

  LiteWriter(String topic, String liteTopic) {
    this.liteTopic = liteTopic;
    this.messages = new RawMessages(topic);
  }

  String liteTopic() {
    return liteTopic;
  }

  /** The body of each message, in order. */
  static String body(String liteTopic, int number) {
    return liteTopic + "/" + number;
  }

  /** How many the server has acknowledged, in all its lives. */
  int acknowledged() {
    return acknowledged;
  }

  /** Whether the last one sent may be in the log or not. */
  boolean isInDoubt() {
    return unanswered != null;
  }

  /** Writes until the server is gone. */
  void writeUntilKilled(RawClient producer) {
    boolean isAnswered = true;
    while (isAnswered) {
      isAnswered = writeOne(producer);
    }
  }

  /** Sends the next, or again the one in doubt; false if there was no answer. */
  boolean writeOne(RawClient producer) {
    SendMessageRequest request = unanswered;
    if (request == null) {
      byte[] body = body(liteTopic, acknowledged).getBytes(StandardCharsets.UTF_8);
      request = messages.toLiteTopic(body, liteTopic);
      unanswered = request;
    }
    try {
      producer.send(request).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      acknowledged++;
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
