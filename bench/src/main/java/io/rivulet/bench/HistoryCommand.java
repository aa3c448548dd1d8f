package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.bench.load.EndToEnd;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.load.Sender;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
      "Rivulet only: it speaks rivulet.v1. What was written just before is read from the page cache;"
          + " with --cold the log's files are thrown out of it first (dd, same machine), and single"
          + " reads of 4 KiB from random places of the same files are measured as well.",
      "With --hot-rate, small messages flow to another lite topic, before and meanwhile."
    })
final class HistoryCommand implements Callable<Integer> {
  private static final int MAX_IN_FLIGHT = 4096;
  private static final int SMALL_BYTES = 200;
  private static final int BLOCK_BYTES = 4096;

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

  @Option(
      names = "--cold",
      paramLabel = "FOLDER",
      description = "The folder of the server's log: read from the disk, not from the page cache.")
  private @Nullable Path cold;

  @Option(
      names = "--hot-rate",
      paramLabel = "N",
      description = "Small messages per second meanwhile; 0: none (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private double hotRate;

  private long written;

  @Override
  public Integer call() throws IOException {
    String topic = options.topicOr("bench-history");
    String prefix = "h" + Long.toString(System.nanoTime(), 36) + "-";
    try (RivuletClient client = RivuletClient.connect(options.endpoint);
        RawClient hot = RawClient.producer(options.endpoint, topic + "-hot")) {
      write(client, topic, prefix);
      read(client, topic, prefix); // warms up
      Sender small = small(hot, topic + "-hot");
      JsonObject line = options.line("history");
      line.addProperty("sessions", sessions);
      line.addProperty("page", page);
      line.addProperty("isCold", cold != null);
      if (hotRate > 0) {
        new LoadLoop(small, MAX_IN_FLIGHT).atRate(hotRate, options.warmUp());
        line.add("hotBefore", latency(new LoadLoop(small, MAX_IN_FLIGHT), options.time()));
      }
      evict();
      ProcessCosts before = options.costs();
      measure(client, topic, prefix, small, line);
      options.addCosts(line, before);
      if (cold != null) {
        evict();
        line.addProperty("diskReadsPerSecond", Math.round(randomReadsPerSecond()));
      }
      System.out.println(line);
    }
    return 0;
  }

  private void measure(
      RivuletClient client, String topic, String prefix, Sender small, JsonObject line) {
    AtomicLong read = new AtomicLong();
    long begin = System.nanoTime();
    Thread reading = Thread.ofPlatform().start(() -> read.set(read(client, topic, prefix)));
    EndToEnd latency = new EndToEnd();
    while (hotRate > 0 && reading.isAlive()) {
      latency
          .latencyNanos()
          .add(
              new LoadLoop(small, MAX_IN_FLIGHT)
                  .atRate(hotRate, Duration.ofMillis(500))
                  .latencyNanos());
    }
    join(reading);
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (read.get() == 0) {
      throw new IllegalStateException("the sessions could not be read");
    }
    line.addProperty("messages", read.get());
    line.addProperty("seconds", LoadResult.round(seconds));
    line.addProperty("messagesPerSecond", Math.round(read.get() / seconds));
    if (hotRate > 0) {
      JsonObject meanwhile = new JsonObject();
      LoadResult.addLatency(meanwhile, latency.latencyNanos());
      line.add("hotMeanwhile", meanwhile);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private JsonObject latency(LoadLoop loop, Duration time) {
    JsonObject figures = new JsonObject();
    LoadResult.addLatency(figures, loop.atRate(hotRate, time).latencyNanos());
    return figures;
  }

  private static Sender small(RawClient client, String topic) {
    RawMessages messages = new RawMessages(topic);
    byte[] body = new byte[SMALL_BYTES];
    return _ -> client.send(messages.toLiteTopic(body, "hot"));
  }

  /** Throws the log's files out of the page cache, if that was asked for. */
  private void evict() throws IOException {
    for (Path file : logFiles()) {
      Process dd =
          new ProcessBuilder("dd", "if=" + file, "iflag=nocache", "count=0", "status=none")
              .inheritIO()
              .start();
      try {
        if (dd.waitFor() != 0) {
          throw new IOException("dd could not evict " + file);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }
  }

  private List<Path> logFiles() throws IOException {
    Path folder = cold;
    if (folder == null) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).filter(HistoryCommand::isLarge).toList();
    }
  }

  private static boolean isLarge(Path file) {
    try {
      return Files.size(file) >= 1 << 20;
    } catch (IOException e) {
      return false; // the server has removed it meanwhile
    }
  }

  /** One at a time, as a reader of one session reads what lies among that of others. */
  private double randomReadsPerSecond() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK_BYTES);
    List<Path> files = logFiles();
    List<FileChannel> channels = new ArrayList<>();
    try {
      for (Path file : files) {
        channels.add(FileChannel.open(file, StandardOpenOption.READ));
      }
      long count = 0;
      long begin = System.nanoTime();
      long end = begin + options.time().toNanos() / 2;
      while (System.nanoTime() < end) {
        FileChannel channel = channels.get(random.nextInt(channels.size()));
        long blocks = channel.size() / BLOCK_BYTES;
        channel.read(block.clear(), random.nextLong(blocks) * BLOCK_BYTES);
        count++;
      }
      return count / ((System.nanoTime() - begin) / 1e9);
    } finally {
      for (FileChannel channel : channels) {
        channel.close();
      }
    }
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
