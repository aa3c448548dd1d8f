package io.rivulet.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import apache.rocketmq.v2.Message;
import com.google.protobuf.Duration;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.api.v1.LiteTopic;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.raw.RawClient;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.Receipt;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The life of two hundred thousand lite topics: made, read, restarted, followed, reclaimed. One
 * server for all, in this order; no test looks at the time that anything takes.
 */
@TestMethodOrder(OrderAnnotation.class)
final class ManyLiteTopicsTest {
  private static final int ALL = 200_000;
  private static final int FOLLOWED = 10_000;

  /** Of s1999, s19990 to s19999 and s199900 to s199999. */
  private static final int BEGIN_WITH_1999 = 111;

  /** For a machine on which five other tests run and whose disk is slow. */
  private static final java.time.Duration PATIENCE = java.time.Duration.ofMinutes(10);

  private static ServerProcess server;
  private static RivuletClient client;
  private final Random random = new Random(7);

  @BeforeAll
  static void start() {
    // A small heap, and little that may stay in memory: most of it has to be in the index.
    server =
        ServerProcess.start(
            Map.of(
                "RIVULET_ENGINE_MAX_IDLE_QUEUES", "1000",
                "RIVULET_ENGINE_READY_WINDOW", "500",
                "RIVULET_ENGINE_SUBSCRIPTION_TIMEOUT", "1h",
                "RIVULET_QUOTA_CLIENT_LITE_TOPIC_RATE", "0",
                "RIVULET_LOG_DURABILITY", "interval"));
    client = RivuletClient.connect(server.endpoint());
    defineTopic(3600);
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static void defineTopic(int ttlSeconds) {
    client
        .admin()
        .defineTopic(
            TopicDefinition.newBuilder()
                .setName("many")
                .setType(TopicType.TOPIC_TYPE_LITE)
                .setLiteTtl(Duration.newBuilder().setSeconds(ttlSeconds))
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
  }

  private static List<LiteTopic> beginningWith(String prefix) {
    return client.admin().liteTopics("many", prefix, 1000, "").getLiteTopicsList();
  }

  private List<Integer> sample(int below) {
    return IntStream.range(0, 300).map(_ -> random.nextInt(below)).boxed().toList();
  }

  private void expectSampledContent() {
    for (int number : sample(ALL)) {
      List<ReceivedMessage> messages =
          client.read("many", "s" + number, ReadFrom.first(), 10).messages();
      assertThat(messages).extracting(ReceivedMessage::text).containsExactly("first of " + number);
    }
    assertThat(beginningWith("s1999")).hasSize(BEGIN_WITH_1999);
  }

  @Test
  @Order(1)
  void eachIsMadeByItsFirstMessage() {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>(ALL);
    try (BatchingProducer producer = client.producer("many", ProducerSettings.usual())) {
      for (int number = 0; number < ALL; number++) {
        receipts.add(
            producer.send(OutgoingMessage.of("first of " + number).liteTopic("s" + number)));
      }
      receipts.forEach(receipt -> assertThat(receipt.join().offset()).isZero());
    }
    assertThat(receipts.stream().map(receipt -> receipt.join().incarnation()).distinct())
        .hasSize(ALL);
    expectSampledContent();
  }

  @Test
  @Order(2)
  void allAreThereAfterSigkill() {
    server.kill();
    server.startAgain();

    expectSampledContent();
  }

  @Test
  @Order(3)
  void whoFollowsManyGetsWhatIsThereAndWhatComesInOrder() throws Exception {
    client
        .admin()
        .defineGroup(
            GroupDefinition.newBuilder()
                .setName("followers")
                .setKind(GroupKind.GROUP_KIND_LITE)
                .setBoundTopic("many")
                .setLiteSubscriptionQuota(FOLLOWED)
                .build(),
            DefineMode.DEFINE_MODE_UNSPECIFIED);
    List<Integer> more = sample(FOLLOWED);
    try (RawClient consumer = RawClient.liteConsumer(server.endpoint(), "followers", "many")) {
      consumer
          .follow(IntStream.range(0, FOLLOWED).mapToObj(number -> "s" + number).toList())
          .get(60, TimeUnit.SECONDS);
      for (int number : more) {
        client.session("many", "s" + number).append("more").join();
      }
      Map<String, Long> next = new HashMap<>();
      int received = 0;
      while (received < FOLLOWED + more.size()) {
        List<Message> batch =
            consumer
                .receive(200, java.time.Duration.ofSeconds(60), java.time.Duration.ofSeconds(20))
                .get(60, TimeUnit.SECONDS);
        assertThat(batch).as("after %d", received).isNotEmpty();
        for (Message message : batch) {
          var system = message.getSystemProperties();
          long offset = next.merge(system.getLiteTopic(), 1L, Long::sum) - 1;
          assertThat(system.getQueueOffset()).as(system.getLiteTopic()).isEqualTo(offset);
          consumer.acknowledge(message).get(60, TimeUnit.SECONDS);
        }
        received += batch.size();
      }
      assertThat(next).hasSize(FOLLOWED);
    }
  }

  @Test
  @Order(4)
  void whatExpiresIsGoneAndWhatIsFollowedStays() {
    defineTopic(1);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(beginningWith("s1999"))
              .extracting(LiteTopic::getName)
              .containsExactly("s1999");
          assertThat(beginningWith("s5")).allMatch(each -> each.getName().length() <= 5);
        });
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(beginningWith("s77")).hasSize(BEGIN_WITH_1999));
    defineTopic(3600);
  }

  @Test
  @Order(5)
  void aNameThatReturnsBeginsANewLife() {
    Receipt receipt = client.session("many", "s150000").append("again").join();

    assertThat(receipt.offset()).isZero();
    assertThat(client.read("many", "s150000", ReadFrom.first(), 10).messages())
        .extracting(ReceivedMessage::text)
        .containsExactly("again");
  }
}
