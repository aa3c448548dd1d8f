package io.rivulet.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Message;
import com.google.protobuf.ByteString;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.bench.raw.RawMessages;
import io.rivulet.client.RivuletClient;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many times the heap in large messages goes in and out, and small ones go on meanwhile. */
final class LargeMessagesTest {
  private static final int COUNT = 32;
  private static final int LARGE = 32 << 20;
  private static final int IN_FLIGHT = 4;
  private static final int CONSUMERS = 4;

  /** Of 128 MiB, while others fill the same heap and use the same cores. */
  private static final Duration ON_ITS_WAY = Duration.ofSeconds(60);

  private final Set<Integer> received = new ConcurrentSkipListSet<>();

  @Test
  void aGibibyteGoesThroughASmallHeap() throws Exception {
    try (ServerProcess server =
            ServerProcess.start(
                Map.of(
                    "RIVULET_HEAP", "192m",
                    "RIVULET_GRPC_REPLY_BYTES", "64MiB",
                    "RIVULET_LOG_DURABILITY", "interval"));
        RawClient large = RawClient.producer(server.endpoint(), "files");
        RawClient small = RawClient.producer(server.endpoint(), "talk")) {
      defineGroup(server);
      List<RawClient> consumers = new ArrayList<>();
      for (int i = 0; i < CONSUMERS; i++) {
        consumers.add(RawClient.liteConsumer(server.endpoint(), "readers", "files"));
      }
      CompletableFuture<?> reading =
          CompletableFuture.allOf(
              consumers.stream().map(this::read).toArray(CompletableFuture[]::new));

      send(large, small);

      reading.get(5, TimeUnit.MINUTES);
      assertThat(received).hasSize(COUNT);
      consumers.forEach(RawClient::close);
    }
  }

  private static void defineGroup(ServerProcess server) {
    try (RivuletClient admin = RivuletClient.connect(server.endpoint())) {
      admin
          .admin()
          .defineGroup(
              GroupDefinition.newBuilder()
                  .setName("readers")
                  .setKind(GroupKind.GROUP_KIND_LITE)
                  .setBoundTopic("files")
                  .setLitePrefix("")
                  .build(),
              DefineMode.DEFINE_MODE_UNSPECIFIED);
    }
  }

  /** Large ones, a few in flight, each in a lite topic of its own, and a small one after each. */
  private static void send(RawClient large, RawClient small) throws Exception {
    RawMessages files = new RawMessages("files");
    RawMessages talk = new RawMessages("talk");
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (int number = 0; number < COUNT; number++) {
      CompletableFuture<?> sent = large.send(files.toLiteTopic(body(number), "file-" + number));
      all.add(sent);
      all.add(small.send(talk.toLiteTopic(new byte[100], "talk-" + number % 3)));
      if (all.size() >= 2 * IN_FLIGHT) {
        all.get(all.size() - 2 * IN_FLIGHT).get(60, TimeUnit.SECONDS);
      }
    }
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
  }

  private static byte[] body(int number) {
    byte[] body = new byte[LARGE];
    ByteBuffer ints = ByteBuffer.wrap(body);
    for (int at = 0; at < LARGE; at += 4096) {
      ints.putInt(at, number * 31 + at);
    }
    return body;
  }

  private static boolean isWhole(ByteString body, int number) {
    ByteBuffer ints = body.asReadOnlyByteBuffer();
    boolean isWhole = body.size() == LARGE;
    for (int at = 0; isWhole && at < LARGE; at += 4096) {
      isWhole = ints.getInt(at) == number * 31 + at;
    }
    return isWhole;
  }

  /** Takes messages until all have been received by somebody. */
  private CompletableFuture<?> read(RawClient consumer) {
    return consumer
        .receive(2, Duration.ofSeconds(60), Duration.ofSeconds(2), ON_ITS_WAY)
        .thenCompose(messages -> {
          Set<Integer> numbers = new TreeSet<>();
          List<CompletableFuture<?>> acknowledged = new ArrayList<>();
          for (Message message : messages) {
            int number =
                Integer.parseInt(message.getSystemProperties().getLiteTopic().substring(5));
            assertThat(isWhole(message.getBody(), number)).as("file %d", number).isTrue();
            numbers.add(number);
            acknowledged.add(consumer.acknowledge(message));
          }
          received.addAll(numbers);
          return CompletableFuture.allOf(acknowledged.toArray(CompletableFuture[]::new));
        })
        .thenCompose(_ ->
            received.size() < COUNT ? read(consumer) : CompletableFuture.completedFuture(null));
  }
}
