package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Sends as fast as the bound of requests in flight lets it. */
@Command(
    name = "send",
    mixinStandardHelpOptions = true,
    description = "Sends with a number of requests in flight, one or many messages in each.")
final class SendCommand implements Callable<Integer> {
  /** Who sends. */
  enum Client {
    raw,
    official,
    rivulet
  }

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "Requests without an answer (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int inFlight;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Messages in each request (${DEFAULT-VALUE}).",
      defaultValue = "1")
  private int batch;

  @Option(
      names = "--client",
      paramLabel = "raw|official|rivulet",
      description =
          "raw: the protocol without a client library, the least work for the machine;"
              + " official: RocketMQ's Java client, in its own process (one message per request);"
              + " rivulet: the batching producer of Rivulet's own client."
              + " Default: ${DEFAULT-VALUE}.",
      defaultValue = "raw")
  private Client client = Client.raw;

  @Override
  public Integer call() throws IOException {
    JsonObject line = options.line(batch == 1 ? "send" : "batch-send");
    line.addProperty("client", client.name());
    line.addProperty("inFlight", inFlight);
    line.addProperty("batch", batch);
    String topic = options.topicOr("bench-normal");
    switch (client) {
      case raw -> raw(topic, line);
      case official -> official(topic, line);
      case rivulet -> rivulet(topic, line);
    }
    System.out.println(line);
    return 0;
  }

  private void raw(String topic, JsonObject line) throws IOException {
    byte[] body = options.body();
    RawMessages messages = new RawMessages(topic);
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      Sender sender = intended -> producer.send(messages.request(body, batch));
      new LoadLoop(sender, inFlight).asFastAsAllowed(options.warmUp());
      ProcessCosts before = options.costs();
      LoadResult result = new LoadLoop(sender, inFlight).asFastAsAllowed(options.time());
      CaseOptions.merge(line, result.json(batch));
      options.addCosts(line, before);
    }
  }

  /** Messages are sent one by one; the producer makes the batches. */
  private void rivulet(String topic, JsonObject line) throws IOException {
    byte[] body = options.body();
    ProducerSettings settings =
        ProducerSettings.usual().withMaxBatchMessages(batch).withMaxRequests(inFlight);
    try (RivuletClient connected = RivuletClient.connect(options.endpoint);
        BatchingProducer producer = connected.producer(topic, settings)) {
      Sender sender = intended -> producer.send(OutgoingMessage.of(body));
      int messagesInFlight = inFlight * batch;
      new LoadLoop(sender, messagesInFlight).asFastAsAllowed(options.warmUp());
      ProcessCosts before = options.costs();
      LoadResult result = new LoadLoop(sender, messagesInFlight).asFastAsAllowed(options.time());
      CaseOptions.merge(line, result.json(1));
      options.addCosts(line, before);
    }
  }

  private void official(String topic, JsonObject line) throws IOException {
    if (batch != 1) {
      throw new IllegalArgumentException("the official client sends one message per request");
    }
    JsonObject plan = new JsonObject();
    plan.addProperty("case", "send");
    plan.addProperty("topic", topic);
    plan.addProperty("inFlight", inFlight);
    OfficialCase.run(plan, options, line);
  }
}
