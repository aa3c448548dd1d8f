package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Holding;
import io.rivulet.engine.shard.TallyInspector;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Topics that are full: what is refused, what is held, and what is not. */
final class BackpressureTest {
  private static final String KEY = "rivulet-fairness-key";
  private static final int ALL = Integer.MAX_VALUE;

  private ShardDriver driver = new ShardDriver(EngineConfig.defaults(), new Random(1));
  private int ids;

  @BeforeEach
  void aGroupFollows() {
    prepare(TopicType.NORMAL);
  }

  private void prepare(TopicType type) {
    settled(driver.shard().defineTopic(TopicDefinition.of("t", type)));
    settled(driver.shard().defineGroup(GroupDefinition.standard("g")));
    settled(driver.shard().subscribe("g", "t", Filter.all()));
    introduce();
  }

  private void introduce() {
    driver.shard().clientSeen(new ClientInfo("c", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    driver.settle();
  }

  private void limit(UnaryOperator<Backpressure> change) {
    TopicDefinition topic = driver.shard().topic("t").orElseThrow();
    settled(driver.shard().defineTopic(topic.with(change.apply(topic.backpressure()))));
  }

  private static UnaryOperator<Backpressure> backlog(long max) {
    return was -> new Backpressure(max, was.maxKeyBacklog(), was.maxAge(), was.hold());
  }

  private static UnaryOperator<Backpressure> keyBacklog(long max) {
    return was -> new Backpressure(was.maxBacklog(), max, was.maxAge(), was.hold());
  }

  private static UnaryOperator<Backpressure> age(Duration max) {
    return was ->
        new Backpressure(was.maxBacklog(), was.maxKeyBacklog(), Optional.of(max), was.hold());
  }

  private static UnaryOperator<Backpressure> hold(Duration time) {
    return was -> new Backpressure(was.maxBacklog(), was.maxKeyBacklog(), was.maxAge(), time);
  }

  private <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  private Message.Builder message() {
    return Message.builder("t", "id-" + ids++, "x".getBytes(StandardCharsets.UTF_8));
  }

  private Message of(String key) {
    return message().properties(Map.of(KEY, key)).build();
  }

  private CompletableFuture<List<Outcome<SendReceipt>>> sending(Message... messages) {
    CompletableFuture<List<Outcome<SendReceipt>>> reply =
        driver.shard().send("producer", List.of(messages));
    driver.settle();
    return reply;
  }

  private List<Outcome<SendReceipt>> send(Message... messages) {
    return sending(messages).join();
  }

  /** How many of so many messages of a key are taken, each in a send of its own. */
  private long taken(String key, int count) {
    return IntStream.range(0, count).filter(_ -> send(of(key)).getFirst().isOk()).count();
  }

  private Refusal refused(Message message) {
    return switch (send(message).getFirst()) {
      case Outcome.Refused<SendReceipt>(Refusal refusal) -> refusal;
      case Outcome.Ok<SendReceipt>(SendReceipt receipt) -> throw new AssertionError(receipt);
    };
  }

  private List<DeliveredMessage> poll(int max) {
    return settled(
            driver
                .shard()
                .poll(
                    new PollRequest(
                        "g",
                        "t",
                        "c",
                        max,
                        Optional.of(Duration.ofSeconds(30)),
                        Filter.all(),
                        Duration.ZERO,
                        Optional.empty(),
                        true)))
        .value();
  }

  private void acknowledge(List<DeliveredMessage> messages) {
    settled(
        driver
            .shard()
            .acknowledge("g", messages.stream().map(DeliveredMessage::receiptHandle).toList()));
  }

  private EngineStats.Backpressure stats() {
    return driver.shard().stats().backpressure();
  }

  // ---- refusing

  @Test
  void aFullTopicRefusesWithWhatIsThereAndWhatIsAllowedAndWhenToComeAgain() {
    limit(backlog(3));

    assertThat(taken("", 3)).isEqualTo(3);
    Refusal refusal = refused(of(""));

    assertThat(refusal.code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
    assertThat(refusal.message())
        .contains("the topic 't'", "the group 'g' has 3 messages", "max-backlog allows 3");
    assertThat(refusal.retryAfter().orElseThrow())
        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(60));
    assertThat(stats().refused()).isEqualTo(1);
  }

  @Test
  void whatIsAcknowledgedMakesRoomAndWhatIsLeasedDoesNot() {
    limit(backlog(3));
    taken("", 3);

    List<DeliveredMessage> leased = poll(2);
    assertThat(taken("", 1)).isZero();
    acknowledge(leased);

    assertThat(taken("", 5)).isEqualTo(2);
  }

  @Test
  void theSlowestGroupCountsUntilItIsDeleted() {
    settled(driver.shard().defineGroup(GroupDefinition.standard("slow")));
    settled(driver.shard().subscribe("slow", "t", Filter.all()));
    limit(backlog(3));
    taken("", 3);
    acknowledge(poll(3));

    assertThat(refused(of("")).message()).contains("the group 'slow' has 3");
    settled(driver.shard().deleteGroup("slow"));

    assertThat(taken("", 1)).isEqualTo(1);
  }

  @Test
  void aTopicThatNobodyFollowsIsNeverFull() {
    limit(backlog(3));
    settled(driver.shard().deleteGroup("g"));

    assertThat(taken("", 10)).isEqualTo(10);
  }

  @Test
  void theFloodIsRefusedAndTheLightTenantIsNot() {
    limit(backlog(100));

    assertThat(taken("flood", 150)).isEqualTo(100);
    assertThat(taken("light", 10)).isEqualTo(10);
    assertThat(taken("flood", 1)).isZero();
    assertThat(taken("light", 100)).isEqualTo(40);
  }

  @Test
  void aKeyHasALimitOfItsOwn() {
    limit(keyBacklog(5));

    assertThat(taken("a", 8)).isEqualTo(5);
    assertThat(taken("b", 8)).isEqualTo(5);
    assertThat(refused(of("a")).message())
        .contains("of the fairness key 'a'", "has 5 of them", "max-key-backlog allows 5");
  }

  @Test
  void aBatchForManyKeysIsJudgedMessageByMessage() {
    limit(keyBacklog(2));
    taken("a", 1);

    List<Outcome<SendReceipt>> outcomes =
        send(of("a"), of("b"), of("a"), of("b"), of("b"), of("c"));

    assertThat(outcomes.stream().map(Outcome::isOk))
        .containsExactly(true, true, false, true, false, true);
  }

  @Test
  void aRepeatedSendGetsItsPlaceAlsoWhenTheTopicIsFull() {
    limit(backlog(1));
    Message first = of("");
    SendReceipt receipt = send(first).getFirst().value();

    SendReceipt again = send(first).getFirst().value();

    assertThat(again.isDuplicate()).isTrue();
    assertThat(again.offset()).isEqualTo(receipt.offset());
  }

  @Test
  void whatHasWaitedTooLongClosesItsQueueAndNoOther() {
    limit(age(Duration.ofSeconds(10)));
    taken("old", 1);
    driver.pass(10_001);
    assertThat(taken("new", 2)).isEqualTo(2);

    assertThat(refused(of("old")).message())
        .contains("the oldest of its queue", "for 10.0 s, and max-age allows 10.0 s");
    acknowledge(poll(10));

    assertThat(taken("old", 1)).isEqualTo(1);
  }

  @Test
  void aMessageWithoutAKeyIsJudgedByAllQueuesThatItMayJoin() {
    limit(age(Duration.ofSeconds(10)));
    taken("", 1);
    driver.pass(10_001);

    assertThat(taken("", 5)).isZero();
  }

  @Test
  void theRateOfTheGroupTellsWhenToComeAgain() {
    limit(backlog(100));
    taken("", 100);
    for (int second = 0; second < 5; second++) {
      acknowledge(poll(2));
      taken("", 2);
      driver.pass(1000);
    }

    Duration retry = refused(of("")).retryAfter().orElseThrow();

    assertThat(retry).isBetween(Duration.ofMillis(300), Duration.ofMillis(1200));
  }

  @Test
  void theCountSurvivesARestartWithAndWithoutTheIndex() {
    limit(backlog(5));
    taken("a", 3);
    acknowledge(poll(1));
    taken("b", 3);

    for (boolean isIndexLost : new boolean[] {false, true}) {
      driver.crash(ALL, 0, isIndexLost);
      introduce();
      assertThat(new TallyInspector(driver.shard()).miscounted()).isEmpty();
      assertThat(taken("a", 1)).isZero();
    }
  }

  @Test
  void aLimitThatIsTakenAwayHoldsNobodyUp() {
    limit(backlog(1));
    taken("", 1);

    limit(_ -> Backpressure.NONE);

    assertThat(taken("", 5)).isEqualTo(5);
  }

  @Test
  void onlyLiteTopicsThatAGroupFollowsCountAgainstIt() {
    settled(driver.shard().defineTopic(TopicDefinition.of("chat", TopicType.LITE)));
    settled(driver.shard().defineGroup(GroupDefinition.lite("web", "chat")));
    driver.shard().clientSeen(new ClientInfo("w", Optional.of("web"), Long.MAX_VALUE, "JAVA"));
    driver.settle();
    settled(
        driver
            .shard()
            .changeSubscription(
                new SubscriptionChange(
                    "web",
                    "w",
                    "chat",
                    SubscriptionChange.Action.ADD,
                    Set.of("mine"),
                    Optional.of(new OffsetOption.Min()))));
    TopicDefinition chat = driver.shard().topic("chat").orElseThrow();
    settled(driver.shard().defineTopic(chat.with(backlog(2).apply(Backpressure.NONE))));

    List<Boolean> mine = new ArrayList<>();
    List<Boolean> others = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      mine.add(send(lite("mine")).getFirst().isOk());
      others.add(send(lite("other")).getFirst().isOk());
    }

    assertThat(mine).containsExactly(true, true, false, false);
    assertThat(others).containsOnly(true);
  }

  private Message lite(String name) {
    return Message.builder("chat", "id-" + ids++, new byte[1]).liteTopic(name).build();
  }

  // ---- holding

  @Test
  void aHeldSendIsStoredWhenRoomComes() {
    limit(backlog(1));
    limit(hold(Duration.ofSeconds(2)));
    taken("", 1);

    CompletableFuture<List<Outcome<SendReceipt>>> held = sending(of(""));
    assertThat(held).isNotDone();
    assertThat(stats().held()).isEqualTo(1);
    driver.pass(500);
    acknowledge(poll(1));

    assertThat(held).isDone();
    assertThat(held.join().getFirst().isOk()).isTrue();
    assertThat(stats().held()).isZero();
    assertThat(stats().heldBytes()).isZero();
    assertThat(stats().heldMillis()).isEqualTo(500);
    assertThat(stats().refused()).isZero();
  }

  @Test
  void aHeldSendIsRefusedWhenItsTimeIsOver() {
    limit(backlog(1));
    limit(hold(Duration.ofSeconds(2)));
    taken("", 1);

    CompletableFuture<List<Outcome<SendReceipt>>> held = sending(of(""));
    driver.pass(1999);
    driver.settle();
    assertThat(held).isNotDone();
    driver.pass(1);
    driver.settle();

    assertThat(held.join().getFirst()).isInstanceOf(Outcome.Refused.class);
    assertThat(stats().refused()).isEqualTo(1);
    assertThat(stats().held()).isZero();
  }

  @Test
  void whatIsHeldOfOneKeyHoldsNoOtherUp() {
    limit(keyBacklog(1));
    limit(hold(Duration.ofSeconds(2)));
    taken("a", 1);

    CompletableFuture<List<Outcome<SendReceipt>>> held = sending(of("a"));

    assertThat(taken("b", 1)).isEqualTo(1);
    assertThat(held).isNotDone();
  }

  @Test
  void whatIsHeldKeepsItsOrder() {
    limit(keyBacklog(1));
    limit(hold(Duration.ofSeconds(20)));
    taken("a", 1);
    List<CompletableFuture<List<Outcome<SendReceipt>>>> held = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      held.add(sending(of("a")));
    }

    List<Long> offsets = new ArrayList<>();
    for (var each : held) {
      acknowledge(poll(1));
      offsets.add(each.join().getFirst().value().offset());
    }

    assertThat(offsets).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void theHeldPartOfABatchIsAnsweredWithTheRest() {
    limit(keyBacklog(1));
    limit(hold(Duration.ofSeconds(2)));

    CompletableFuture<List<Outcome<SendReceipt>>> batch = sending(of("a"), of("a"), of("b"));
    assertThat(batch).isNotDone();
    acknowledge(poll(10));

    assertThat(batch.join()).allMatch(Outcome::isOk);
  }

  @Test
  void asManySendsAreHeldAsTheBoundAllows() {
    driver =
        new ShardDriver(
            EngineConfig.defaults().toBuilder().holding(new Holding(2, 1 << 20)).build(),
            new Random(1));
    prepare(TopicType.NORMAL);
    limit(backlog(1));
    limit(hold(Duration.ofSeconds(2)));
    taken("", 1);

    assertThat(sending(of(""))).isNotDone();
    assertThat(sending(of(""))).isNotDone();
    assertThat(refused(of("")).message()).contains("engine.max-held-sends (2 of a topic)");
    assertThat(stats().held()).isEqualTo(2);
  }

  @Test
  void aTopicThatIsDeletedLetsGoOfWhatIsHeld() {
    limit(backlog(1));
    limit(hold(Duration.ofSeconds(20)));
    taken("", 1);
    CompletableFuture<List<Outcome<SendReceipt>>> held = sending(of(""));

    settled(driver.shard().deleteTopic("t"));

    assertThat(held.join().getFirst())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.refusal().code()).isEqualTo(RefusalCode.TOPIC_NOT_FOUND));
    assertThat(driver.shard().topic("t")).isEmpty();
    assertThat(stats().held()).isZero();
  }

  @Test
  void anEngineThatStopsAnswersWhatIsHeld() {
    limit(backlog(1));
    limit(hold(Duration.ofSeconds(20)));
    taken("", 1);
    CompletableFuture<List<Outcome<SendReceipt>>> held = sending(of(""));

    driver.shard().shard().answerAll();
    driver.settle();

    assertThat(held.join().getFirst()).isInstanceOf(Outcome.Refused.class);
  }
}
