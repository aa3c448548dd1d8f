package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.shard.ShardInspector;
import io.rivulet.engine.shard.TallyInspector;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Full topics under a random load with crashes: what is counted is there, and order is kept. */
final class BackpressureSimulationTest {
  private static final int STEPS = 400;
  private static final int MAX = 20;
  private static final List<String> TOPICS = List.of("normal", "fifo");
  private static final EngineConfig CONFIG = EngineConfig.defaults();

  /** A send under way. */
  private record Sent(
      String group, int number, CompletableFuture<List<Outcome<SendReceipt>>> reply) {}

  private Random random = new Random(0);
  private ShardDriver driver = new ShardDriver(CONFIG, random);
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<Sent> sends = new ArrayList<>();
  private int ids;

  private void begin(long seed) {
    random = new Random(seed);
    driver = new ShardDriver(CONFIG, random);
    define("normal", TopicType.NORMAL);
    define("fifo", TopicType.FIFO);
    for (String group : List.of("g0", "g1")) {
      settled(driver.shard().defineGroup(GroupDefinition.standard(group)));
      for (String topic : TOPICS) {
        settled(driver.shard().subscribe(group, topic, Filter.all()));
      }
    }
    introduce();
  }

  private void define(String topic, TopicType type) {
    Backpressure limits =
        new Backpressure(
            MAX, 8, Optional.of(Duration.ofMinutes(2)), Duration.ofSeconds(random.nextInt(2) * 5L));
    settled(driver.shard().defineTopic(TopicDefinition.of(topic, type).with(limits)));
  }

  private void introduce() {
    for (String group : List.of("g0", "g1")) {
      driver
          .shard()
          .clientSeen(new ClientInfo("c-" + group, Optional.of(group), Long.MAX_VALUE, "JAVA"));
    }
    driver.settle();
  }

  private <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void whatIsCountedIsThereAndNothingIsOvertaken(long seed) {
    begin(seed);
    for (int step = 0; step < STEPS; step++) {
      act();
      assertThat(new TallyInspector(driver.shard()).miscounted()).as("seed %d", seed).isEmpty();
    }
    driver.pass(6000);
    driver.settle();

    assertThat(sends).as("seed %d", seed).allMatch(each -> each.reply.isDone());
    expectOrder();
    assertThat(driver.shard().stats().backpressure().held()).isZero();
    assertThat(
            new TallyInspector(driver.shard())
                .uncounted(new ShardInspector(driver.shard(), CONFIG.maxWindow())))
        .isEmpty();
  }

  private void act() {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> sends.add(sendNormal());
      case 3, 4, 5 -> sends.add(sendFifo());
      case 6, 7, 8, 9 -> work();
      case 10 -> driver.pass(random.nextInt(3000));
      default -> {
        if (random.nextInt(8) == 0) {
          crash();
        }
      }
    }
    if (random.nextBoolean()) {
      driver.settle();
    } else {
      driver.turn();
    }
  }

  /** A batch for several keys. */
  private Sent sendNormal() {
    List<Message> messages = new ArrayList<>();
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      messages.add(
          Message.builder("normal", "id-" + ids++, new byte[10])
              .properties(Map.of("rivulet-fairness-key", "k" + random.nextInt(4)))
              .build());
    }
    return new Sent("", 0, driver.shard().send("p", messages));
  }

  /** The next of a message group, whose key changes at times. */
  private Sent sendFifo() {
    String group = "mg" + random.nextInt(3);
    int number = numbers.merge(group, 1, Integer::sum);
    Message message =
        Message.builder(
                "fifo", "id-" + ids++, Integer.toString(number).getBytes(StandardCharsets.UTF_8))
            .messageGroup(group)
            .properties(Map.of("rivulet-fairness-key", "k" + random.nextInt(3)))
            .build();
    return new Sent(group, number, driver.shard().send("p", List.of(message)));
  }

  private void work() {
    String group = "g" + random.nextInt(2);
    List<DeliveredMessage> got =
        settled(
                driver
                    .shard()
                    .poll(
                        new PollRequest(
                            group,
                            TOPICS.get(random.nextInt(2)),
                            "c-" + group,
                            random.nextInt(1, 10),
                            Optional.of(Duration.ofSeconds(30)),
                            Filter.all(),
                            Duration.ZERO,
                            Optional.empty(),
                            true)))
            .value();
    if (random.nextInt(4) > 0) {
      settled(
          driver
              .shard()
              .acknowledge(group, got.stream().map(DeliveredMessage::receiptHandle).toList()));
    }
  }

  /** What was under way and is not answered never will be. */
  private void crash() {
    driver.crash(
        random.nextInt(driver.unsynced() + 1),
        random.nextInt(driver.unflushedWrites() + 1),
        random.nextInt(3) == 0);
    sends.removeIf(each -> !each.reply.isDone());
    introduce();
  }

  /** Of those of a message group that were stored, later ones stand behind earlier ones. */
  private void expectOrder() {
    Map<String, Long> last = new HashMap<>();
    for (Sent each : sends) {
      if (!each.group.isEmpty()
          && each.reply.join().getFirst() instanceof Outcome.Ok<SendReceipt>(SendReceipt receipt)) {
        Long before = last.put(each.group, receipt.offset());
        assertThat(before == null || before < receipt.offset())
            .as("%s number %d at %d", each.group, each.number, receipt.offset())
            .isTrue();
      }
    }
  }

  @Test
  void anIndexWithoutSumsIsCountedOnce() {
    begin(99);
    for (int step = 0; step < 100; step++) {
      act();
    }
    driver.settle();
    new TallyInspector(driver.shard()).forgetSums();
    settled(driver.shard().defineTopic(TopicDefinition.of("other", TopicType.NORMAL)));
    driver.pass(CONFIG.checkpointInterval().toMillis());
    driver.settle();

    driver.crash(Integer.MAX_VALUE, Integer.MAX_VALUE, false);

    assertThat(new TallyInspector(driver.shard()).miscounted()).isEmpty();
    assertThat(new TallyInspector(driver.shard()).totalOf("g0", "normal")).isPositive();
  }
}
