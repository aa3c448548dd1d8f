package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.shard.ShardInspector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that concern very many names are done over many turns, and others get in between. */
class LongRequestTest {
  private static final int MANY = 5000;

  private final ShardDriver driver =
      new ShardDriver(
          EngineConfig.defaults(), RandomGeneratorFactory.of("L64X128MixRandom").create(1));
  private int sent;

  @BeforeEach
  void define() {
    driver.shard().clientSeen(new ClientInfo("c", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
    defineGroup();
  }

  private void defineGroup() {
    var reply =
        driver
            .shard()
            .ensureGroup(
                new GroupDefinition(
                    "g",
                    GroupKind.LITE,
                    Optional.of("chat"),
                    Optional.empty(),
                    SubscriptionModel.SHARED,
                    new StartFrom.First(),
                    16,
                    Backoff.standard(),
                    10 * MANY));
    driver.settle();
    assertThat(reply.join().isOk()).isTrue();
  }

  private CompletableFuture<Outcome<Integer>> follow(SubscriptionChange.Action action, int count) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      names.add("s" + i);
    }
    return driver
        .shard()
        .changeSubscription(
            new SubscriptionChange("g", "c", "chat", action, names, Optional.empty()));
  }

  /** Sends message after message until the reply is there; how many were answered before. */
  private int sendsAnsweredBefore(CompletableFuture<?> reply) {
    int answered = 0;
    while (!reply.isDone()) {
      var send =
          driver.shard().send("", List.of(Message.builder("t", "m" + sent++, new byte[1]).build()));
      while (!send.isDone()) {
        driver.round();
      }
      assertThat(send.join().getFirst().isOk()).isTrue();
      answered++;
    }
    return answered;
  }

  @Test
  void aLargeFullSyncLetsOthersInBetween() {
    var sync = follow(SubscriptionChange.Action.REPLACE, MANY);

    assertThat(sendsAnsweredBefore(sync)).isGreaterThan(5);
    assertThat(sync.join().value()).isEqualTo(MANY);
  }

  @Test
  void theDeletionOfATopicThatManySubscriptionsFollowLetsOthersInBetween() {
    settled(follow(SubscriptionChange.Action.REPLACE, MANY));

    var deletion = driver.shard().deleteTopic("chat");

    assertThat(sendsAnsweredBefore(deletion)).isGreaterThan(5);
    assertThat(deletion.join().isOk()).isTrue();
    assertThat(driver.shard().topic("chat")).isEmpty();
    expectNothingLeft();
  }

  @Test
  void theDeletionOfAGroupThatManySubscriptionsAreOfLetsOthersInBetween() {
    settled(follow(SubscriptionChange.Action.REPLACE, MANY));

    var deletion = driver.shard().deleteGroup("g");

    assertThat(sendsAnsweredBefore(deletion)).isGreaterThan(5);
    assertThat(deletion.join().isOk()).isTrue();
    assertThat(driver.shard().group("g")).isEmpty();
    expectNothingLeft();
  }

  @Test
  void whatIsBeingDeletedIsFollowedByNothingNew() {
    settled(follow(SubscriptionChange.Action.REPLACE, MANY));
    var deletion = driver.shard().deleteTopic("chat");
    driver.round();

    var refused = follow(SubscriptionChange.Action.ADD, MANY + 1);
    driver.round();

    assertThat(refused.getNow(Outcome.ok(0)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refusal ->
                assertThat(refusal.refusal().message())
                    .isEqualTo("the topic 'chat' is being deleted: nothing new can follow it"));
    assertThat(settled(deletion).isOk()).isTrue();
    assertThat(settled(follow(SubscriptionChange.Action.ADD, 3)).value()).isEqualTo(3);
    assertThat(inspector().disagreeing()).isEmpty();
  }

  @Test
  void aFullSyncUnderWayEndsWhenItsTopicIsGoingToBeDeleted() {
    settled(follow(SubscriptionChange.Action.ADD, 1));
    var sync = follow(SubscriptionChange.Action.REPLACE, MANY);
    driver.round();

    var deletion = driver.shard().deleteTopic("chat");

    assertThat(settled(deletion).isOk()).isTrue();
    assertThat(settled(sync).isOk()).isFalse();
    expectNothingLeft();
  }

  @Test
  void ofTwoDeletionsAtOnceOneFindsNothing() {
    settled(follow(SubscriptionChange.Action.REPLACE, MANY));

    var topic = driver.shard().deleteTopic("chat");
    var topicAgain = driver.shard().deleteTopic("chat");
    var group = driver.shard().deleteGroup("g");
    var groupAgain = driver.shard().deleteGroup("g");

    assertThat(settled(topic).isOk()).isTrue();
    assertThat(codeOf(settled(topicAgain))).isEqualTo(RefusalCode.TOPIC_NOT_FOUND);
    assertThat(settled(group).isOk()).isTrue();
    assertThat(codeOf(settled(groupAgain))).isEqualTo(RefusalCode.GROUP_NOT_FOUND);
    expectNothingLeft();
  }

  @Test
  void aPollOfAGroupThatIsDeletedIsAnswered() {
    settled(follow(SubscriptionChange.Action.REPLACE, MANY));
    var waiting = poll();
    driver.settle();

    var deletion = driver.shard().deleteGroup("g");
    driver.round();
    var late = poll();

    assertThat(settled(deletion).isOk()).isTrue();
    assertThat(settled(waiting).value()).isEmpty();
    assertThat(codeOf(settled(late))).isEqualTo(RefusalCode.GROUP_NOT_FOUND);
  }

  @Test
  void aResetOverManyQueuesLetsOthersInBetweenAndCountsThem() {
    settled(follow(SubscriptionChange.Action.REPLACE, 1));
    sendToMany();

    var reset = driver.shard().resetOffset("g", "chat", Optional.empty(), new OffsetOption.Max());

    assertThat(sendsAnsweredBefore(reset)).isGreaterThan(5);
    assertThat(reset.join().value()).isEqualTo(MANY);
    assertThat(settled(driver.shard().describeLite("chat", "s4711")).value().progress())
        .extracting(LiteTopicView.Progress::committedOffset)
        .containsExactly(1L);
  }

  @Test
  void aResetUnderWayEndsWhenItsTopicIsDeleted() {
    settled(follow(SubscriptionChange.Action.REPLACE, 1));
    sendToMany();

    var reset = driver.shard().resetOffset("g", "chat", Optional.empty(), new OffsetOption.Max());
    var deletion = driver.shard().deleteTopic("chat");

    assertThat(settled(deletion).isOk()).isTrue();
    assertThat(codeOf(settled(reset))).isEqualTo(RefusalCode.TOPIC_NOT_FOUND);
    expectNothingLeft();
  }

  private void sendToMany() {
    List<Message> batch = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      batch.add(Message.builder("chat", "to" + i, new byte[1]).liteTopic("s" + i).build());
    }
    assertThat(settled(driver.shard().send("", batch))).allMatch(Outcome::isOk);
  }

  private CompletableFuture<Outcome<List<DeliveredMessage>>> poll() {
    return driver
        .shard()
        .poll(
            new PollRequest(
                "g",
                "chat",
                "c",
                1,
                Optional.empty(),
                Filter.all(),
                Duration.ofSeconds(30),
                Optional.empty(),
                true));
  }

  private <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  private static RefusalCode codeOf(Outcome<?> outcome) {
    return outcome instanceof Outcome.Refused<?> refused
        ? refused.refusal().code()
        : RefusalCode.ALREADY_EXISTS;
  }

  private ShardInspector inspector() {
    return new ShardInspector(driver.shard(), EngineConfig.defaults().maxWindow());
  }

  private void expectNothingLeft() {
    driver.settle();
    // What is swept is written with the next checkpoint, and none is made when nothing happens.
    settled(driver.shard().send("", List.of(Message.builder("t", "last", new byte[1]).build())));
    driver.pass(EngineConfig.defaults().checkpointInterval().toMillis());
    driver.settle();
    assertThat(inspector().isSwept()).isTrue();
    assertThat(inspector().leftovers()).isEmpty();
    assertThat(inspector().disagreeing()).isEmpty();
    assertThat(inspector().miscounted()).isEmpty();
  }
}
