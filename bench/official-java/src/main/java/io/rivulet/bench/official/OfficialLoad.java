package io.rivulet.bench.official;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.apis.ClientConfiguration;
import org.apache.rocketmq.client.apis.ClientException;
import org.apache.rocketmq.client.apis.ClientServiceProvider;
import org.apache.rocketmq.client.apis.consumer.ConsumeResult;
import org.apache.rocketmq.client.apis.consumer.FilterExpression;
import org.apache.rocketmq.client.apis.consumer.PushConsumer;
import org.apache.rocketmq.client.apis.message.Message;
import org.apache.rocketmq.client.apis.message.MessageBuilder;
import org.apache.rocketmq.client.apis.producer.Producer;

/**
 * Immutable. One load case with the official client: reads what to do as one JSON object from its
 * argument, prints a line when it begins to measure and one with the figures when it has.
 */
public final class OfficialLoad {
  private final ClientServiceProvider provider = ClientServiceProvider.loadService();
  private final JsonObject plan;
  private final ClientConfiguration configuration;
  private final String topic;
  private final int size;
  private final Duration warmUp;
  private final Duration time;

  private OfficialLoad(JsonObject plan) {
    this.plan = plan;
    this.configuration =
        ClientConfiguration.newBuilder()
            .setEndpoints(plan.get("endpoint").getAsString())
            .enableSsl(false)
            .setRequestTimeout(Duration.ofSeconds(30))
            .build();
    this.topic = plan.get("topic").getAsString();
    this.size = plan.get("size").getAsInt();
    this.warmUp = Duration.ofMillis(plan.get("warmUpMillis").getAsLong());
    this.time = Duration.ofMillis(plan.get("timeMillis").getAsLong());
  }

  /** Runs the case described by the first argument. */
  public static void main(String[] arguments) throws ClientException, IOException {
    PrintStream lines = System.out;
    System.setOut(System.err);
    OfficialLoad load = new OfficialLoad(JsonParser.parseString(arguments[0]).getAsJsonObject());
    String what = load.plan.get("case").getAsString();
    JsonObject figures =
        switch (what) {
          case "send" -> load.send(lines);
          case "latency" -> load.latency(lines);
          default -> throw new IllegalArgumentException("unknown case " + what);
        };
    lines.println(figures);
    lines.flush();
    Runtime.getRuntime().halt(0); // closing a push consumer waits for its long poll
  }

  private JsonObject send(PrintStream lines) throws ClientException, IOException {
    int inFlight = plan.get("inFlight").getAsInt();
    try (Producer producer = producer()) {
      byte[] body = body();
      AtomicLong liteTopics = new AtomicLong();
      Sender sender = intended -> producer.sendAsync(message(body, liteTopics.getAndIncrement()));
      new LoadLoop(sender, inFlight).asFastAsAllowed(warmUp);
      begin(lines);
      LoadResult result = new LoadLoop(sender, inFlight).asFastAsAllowed(time);
      return result.json(1);
    }
  }

  private JsonObject latency(PrintStream lines) throws ClientException, IOException {
    double rate = plan.get("rate").getAsDouble();
    EndToEnd warm = new EndToEnd();
    EndToEnd measured = new EndToEnd();
    try (Producer producer = producer()) {
      PushConsumer consumer =
          provider
              .newPushConsumerBuilder()
              .setClientConfiguration(configuration)
              .setConsumerGroup(plan.get("group").getAsString())
              .setSubscriptionExpressions(Map.of(topic, FilterExpression.SUB_ALL))
              .setMessageListener(view -> {
                warm.received(view.getBody());
                measured.received(view.getBody());
                return ConsumeResult.SUCCESS;
              })
              .build();
      LoadResult first = new LoadLoop(stamping(producer, warm), 4096).atRate(rate, warmUp);
      warm.awaitReceived(first.requests(), Duration.ofSeconds(30));
      begin(lines);
      LoadResult result = new LoadLoop(stamping(producer, measured), 4096).atRate(rate, time);
      long received = measured.awaitReceived(result.requests(), Duration.ofSeconds(30));
      JsonObject json = result.json(1);
      json.addProperty("consumer", consumer.getConsumerGroup());
      json.addProperty("received", received);
      LoadResult.addLatency(json, measured.latencyNanos());
      return json;
    }
  }

  private Sender stamping(Producer producer, EndToEnd endToEnd) {
    byte[] pattern = body();
    return intended -> {
      byte[] body = pattern.clone();
      endToEnd.stamp(body, intended);
      return producer.sendAsync(message(body, 0));
    };
  }

  private static void begin(PrintStream lines) {
    lines.println("{\"event\":\"begin\"}");
    lines.flush();
  }

  private Producer producer() throws ClientException {
    return provider
        .newProducerBuilder()
        .setClientConfiguration(configuration)
        .setTopics(topic)
        .build();
  }

  private Message message(byte[] body, long liteTopic) {
    MessageBuilder builder = provider.newMessageBuilder().setTopic(topic).setBody(body);
    if (plan.has("liteTopicPrefix")) {
      builder.setLiteTopic(plan.get("liteTopicPrefix").getAsString() + liteTopic);
    }
    return builder.build();
  }

  private byte[] body() {
    byte[] body = new byte[size];
    new SplittableRandom(1).nextBytes(body);
    return body;
  }
}
