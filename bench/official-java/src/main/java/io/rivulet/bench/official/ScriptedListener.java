package io.rivulet.bench.official;

import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.MessageListener;
import org.apache.rocketmq.client.apis.message.MessageView;

/**
 * Safe for all threads: counts in a concurrent map. Reports each message, then does with it what
 * the message's properties say: {@code test-fail} = fail so many times, {@code test-hold-millis} =
 * work so long.
 */
final class ScriptedListener implements MessageListener {
  private final String consumer;
  private final Lines output;
  private final Map<String, Integer> failures = new ConcurrentHashMap<>();
  private final CountDownLatch never = new CountDownLatch(1);

  ScriptedListener(String consumer, Lines output) {
    this.consumer = consumer;
    this.output = output;
  }

  @Override
  public ConsumeResult consume(MessageView view) {
    Map<String, String> properties = view.getProperties();
    hold(Duration.ofMillis(Long.parseLong(properties.getOrDefault("test-hold-millis", "0"))));
    int wanted = Integer.parseInt(properties.getOrDefault("test-fail", "0"));
    boolean fails = failures.merge(view.getMessageId().toString(), 1, Integer::sum) <= wanted;
    JsonObject event = new JsonObject();
    event.addProperty("event", "message");
    event.addProperty("as", consumer);
    event.addProperty("result", fails ? "FAILURE" : "SUCCESS");
    event.add("message", Views.describe(view));
    output.write(event);
    return fails ? ConsumeResult.FAILURE : ConsumeResult.SUCCESS;
  }

  private void hold(Duration time) {
    try {
      if (time.isPositive() && never.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("nobody counts this latch down");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
