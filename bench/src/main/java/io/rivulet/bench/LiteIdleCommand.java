package io.rivulet.bench;

import com.google.gson.JsonObject;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.bench.load.LoadLoop;
import io.rivulet.bench.load.LoadResult;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Owned by the main thread. What lite topics cost in which nothing happens, or which are in use.
 */
@Command(
    name = "lite-idle",
    mixinStandardHelpOptions = true,
    description = {
      "Makes lite topics with one message each and measures what they cost: live heap after a"
          + " collection and memory of the server's process, and the index on disk per lite topic.",
      "With --followers, these clients follow all of them first, and one message has just gone to"
          + " each: they are in use, not idle.",
      "The heap is asked of a Java server of the same user (jcmd); --data is a server's of Rivulet."
    })
final class LiteIdleCommand implements Callable<Integer> {
  private static final long QUIET_NANOS = 12_000_000_000L;

  @Mixin private CaseOptions options = new CaseOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      description =
          "Lite topics to make, with one message each; 0: look at those that are there"
              + " (${DEFAULT-VALUE}).",
      defaultValue = "1000000")
  private long count;

  @Option(
      names = "--there",
      paramLabel = "N",
      description = "Lite topics that the server has already (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private long there;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "First messages in each request (${DEFAULT-VALUE}).",
      defaultValue = "64")
  private int batch;

  @Option(
      names = "--followers",
      paramLabel = "N",
      description = "Clients that follow the new ones, each its share (${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int followers;

  @Option(names = "--data", description = "The server's data folder, for what is on disk.")
  private @Nullable Path data;

  private final String prefix = "i" + Long.toString(System.nanoTime(), 36) + "-";
  private final List<RawClient> clients = new ArrayList<>();
  private long made;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String topic = options.topicOr("bench-idle");
    try (RawClient producer = RawClient.producer(options.endpoint, topic)) {
      long heapBefore = LiveHeap.kib(options.serverPids);
      if (followers > 0) {
        follow(topic);
      }
      make(producer, topic);
      if (followers == 0) {
        LockSupport.parkNanos(QUIET_NANOS);
      }
      print(heapBefore);
    } finally {
      clients.forEach(RawClient::close);
    }
    return 0;
  }

  private void follow(String topic) {
    String group = "bench-idle-" + prefix;
    long share = count / followers;
    try (RivuletClient admin = RivuletClient.connect(options.endpoint)) {
      admin
          .admin()
          .defineGroup(
              GroupDefinition.newBuilder()
                  .setName(group)
                  .setKind(GroupKind.GROUP_KIND_LITE)
                  .setBoundTopic(topic)
                  .setLiteSubscriptionQuota((int) Math.max(2000, share))
                  .build(),
              DefineMode.DEFINE_MODE_UNSPECIFIED);
    }
    for (int i = 0; i < followers; i++) {
      RawClient client = RawClient.liteConsumer(options.endpoint, group, topic);
      clients.add(client);
      var _ =
          client
              .follow(
                  LongStream.range(i * share, (i + 1) * share)
                      .mapToObj(number -> prefix + number)
                      .toList())
              .join();
    }
  }

  private void make(RawClient producer, String topic) {
    RawMessages messages = new RawMessages(topic);
    byte[] body = options.body();
    LoadResult result =
        new LoadLoop(
                _ -> {
                  List<String> names = new ArrayList<>(batch);
                  for (int i = 0; i < batch; i++) {
                    names.add(prefix + made++);
                  }
                  return producer.send(messages.toLiteTopics(body, names));
                },
                16)
            .requests(count / batch);
    if (result.failures() > 0) {
      throw new IllegalStateException("not all could be made: " + result.firstFailure());
    }
  }

  private void print(long heapBefore) throws IOException, InterruptedException {
    long all = there + made;
    JsonObject line = options.line("lite-idle");
    line.addProperty("liteTopics", all);
    line.addProperty("followers", followers);
    long heap = LiveHeap.kib(options.serverPids);
    if (heap >= 0) {
      line.addProperty("heapKib", heap);
      if (made > 0) {
        line.addProperty(
            "heapBytesPerLiteTopic", LoadResult.round((heap - heapBefore) * 1024.0 / made));
      }
    }
    if (!options.serverPids.isEmpty()) {
      line.addProperty("serverRssMib", options.costs().rssBytes() >> 20);
    }
    Path folder = data;
    if (folder != null) {
      long index = sizeOf(folder.resolve("index"));
      line.addProperty("indexKib", index >> 10);
      line.addProperty("logKib", sizeOf(folder.resolve("log")) >> 10);
      line.addProperty("indexBytesPerLiteTopic", index / Math.max(1, all));
    }
    System.out.println(line);
  }

  /** Bytes of the folder's files. */
  private static long sizeOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(LiteIdleCommand::sizeOfFile).sum();
    }
  }

  private static long sizeOfFile(Path file) {
    try {
      return Files.size(file);
    } catch (NoSuchFileException gone) {
      return 0; // a compaction has removed it meanwhile
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
