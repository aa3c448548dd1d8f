package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Owned by the main thread. Sessions that are read from the beginning again. */
@Command(
    name = "history",
    mixinStandardHelpOptions = true,
    description = {
      "Writes sessions of small messages, interleaved, and then reads each from its beginning, a page"
          + " at a time; offsets must be consecutive.",
      "Rivulet only: it speaks rivulet.v1. What was written just before is read from the page cache."
    })
final class HistoryCommand implements Callable<Integer> {
  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--messages",
      paramLabel = "N",
      description = "Messages in each session (${DEFAULT-VALUE}).",
      defaultValue = "100000")
  private int messages;

  @Option(
      names = "--sessions",
      paramLabel = "N",
      description = "Sessions, written in turns (${DEFAULT-VALUE}).",
      defaultValue = "1")
  private int sessions;

  @Option(
      names = "--page",
      paramLabel = "N",
      description = "Messages in each page (${DEFAULT-VALUE}).",
      defaultValue = "256")
  private int page;

  private long written;

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-history");
    String prefix = "h" + Long.toString(System.nanoTime(), 36) + "-";
    try (RivuletClient client = RivuletClient.connect(options.endpoint)) {
      write(client, topic, prefix);
      read(client, topic, prefix); // warms up
      ProcessCosts before = options.costs();
      long begin = System.nanoTime();
      long read = read(client, topic, prefix);
      double seconds = (System.nanoTime() - begin) / 1e9;
      JsonObject line = options.line("history");
      line.addProperty("sessions", sessions);
      line.addProperty("page", page);
      line.addProperty("messages", read);
      line.addProperty("seconds", LoadResult.round(seconds));
      line.addProperty("messagesPerSecond", Math.round(read / seconds));
      options.addCosts(line, before);
      System.out.println(line);
    }
    return 0;
  }

  private void write(RivuletClient client, String topic, String prefix) {
    byte[] body = options.body();
    try (BatchingProducer producer = client.producer(topic, ProducerSettings.usual())) {
      LoadResult result =
          new LoadLoop(
                  _ ->
                      producer.send(
                          OutgoingMessage.of(body).liteTopic(prefix + written++ % sessions)),
                  16_384)
              .requests((long) messages * sessions);
      if (result.failures() > 0) {
        throw new IllegalStateException("not all was written: " + result.firstFailure());
      }
    }
  }

  private long read(RivuletClient client, String topic, String prefix) {
    long count = 0;
    for (int session = 0; session < sessions; session++) {
      ReadFrom from = ReadFrom.first();
      long next = 0;
      while (next < messages) {
        RivuletClient.Page read = client.read(topic, prefix + session, from, page);
        for (var message : read.messages()) {
          if (message.offset() != next++) {
            throw new IllegalStateException("offset " + message.offset() + ", not " + (next - 1));
          }
        }
        from = ReadFrom.token(read.token());
      }
      count += next;
    }
    return count;
  }
}
