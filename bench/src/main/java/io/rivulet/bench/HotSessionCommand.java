package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.Tail;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. One session takes tokens, and somebody reads along. */
@Command(
    name = "hot-session",
    mixinStandardHelpOptions = true,
    description = {
      "Sends small messages to one lite topic at a fixed rate while a reader tails it, and measures"
          + " from when a message was due until the reader has it; offsets must be consecutive.",
      "Rivulet only: producer and reader speak rivulet.v1."
    })
final class HotSessionCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Messages per second (${DEFAULT-VALUE}).",
      defaultValue = "20000")
  private double rate;

  /** What is being measured; the reader adds to it. */
  private final AtomicReference<EndToEnd> current = new AtomicReference<>(new EndToEnd());

  private final AtomicReference<String> gap = new AtomicReference<>("");

  @Override
  public Integer call() throws IOException, InterruptedException {
    String topic = options.topicOr("bench-session");
    String session = "s" + Long.toString(System.nanoTime(), 36);
    AtomicBoolean isOver = new AtomicBoolean();
    try (RivuletClient writing = RivuletClient.connect(options.endpoint);
        RivuletClient reading = RivuletClient.connect(options.endpoint);
        BatchingProducer producer =
            writing.producer(topic, ProducerSettings.usual().withMaxRequests(64))) {
      producer.send(OutgoingMessage.of(options.body()).liteTopic(session)).join();
      Thread reader = Thread.ofPlatform().start(() -> read(reading, topic, session, isOver));
      run(producer, session, options.warmUp());
      ProcessCosts before = options.costs();
      LoadResult result = run(producer, session, options.time());
      long received = current.get().awaitReceived(result.requests(), PATIENCE);
      isOver.set(true);
      reader.join();
      if (!gap.get().isEmpty()) {
        throw new IllegalStateException(gap.get());
      }
      JsonObject line = options.line("hot-session");
      line.addProperty("rate", rate);
      CaseOptions.merge(line, result.json(1));
      line.addProperty("received", received);
      LoadResult.addLatency(line, current.get().latencyNanos());
      options.addCosts(line, before);
      System.out.println(line);
    }
    return 0;
  }

  private LoadResult run(BatchingProducer producer, String session, Duration time) {
    EndToEnd run = new EndToEnd();
    current.set(run);
    byte[] pattern = options.body();
    Sender sender =
        intended -> {
          byte[] body = pattern.clone();
          run.stamp(body, intended);
          return producer.send(OutgoingMessage.of(body).liteTopic(session));
        };
    LoadResult result = new LoadLoop(sender, 65_536).atRate(rate, time);
    run.awaitReceived(result.requests(), PATIENCE);
    return result;
  }

  private void read(RivuletClient client, String topic, String session, AtomicBoolean isOver) {
    long next = 0;
    try (Tail tail = client.tail(topic, session, ReadFrom.first())) {
      while (!isOver.get()) {
        Optional<ReceivedMessage> message = tail.next(Duration.ofMillis(100));
        if (message.isPresent()) {
          if (message.get().offset() != next) {
            gap.compareAndSet("", "offset " + message.get().offset() + " came after " + (next - 1));
          }
          next = message.get().offset() + 1;
          current.get().received(ByteBuffer.wrap(message.get().body()));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
