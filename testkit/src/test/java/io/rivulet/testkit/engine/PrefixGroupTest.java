package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Groups that follow lite topics by prefix, or all of a parent topic. */
final class PrefixGroupTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private MemoryLog log = MemoryLog.automatic(Clock.system());
  private MemoryIndex index = new MemoryIndex();
  private Engine engine;
  private int ids;

  PrefixGroupTest() throws IOException {
    engine = open();
    engine.clientSeen(new ClientInfo("c1", Optional.of("g"), Long.MAX_VALUE, "JAVA"));
  }

  private Engine open() throws IOException {
    return Engine.open(EngineConfig.defaults(), log, index, Clock.system(), new QuietListener());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private Outcome<GroupDefinition> define(GroupDefinition group) {
    return engine.defineGroup(group).join();
  }

  private void follow(String prefix) {
    assertThat(define(GroupDefinition.prefix("g", "chat", prefix)).isOk()).isTrue();
    assertThat(sync(Set.of()).isOk()).isTrue();
  }

  /** As an official client does when it starts: all names that it follows. */
  private Outcome<Integer> sync(Set<String> names) {
    return engine
        .changeSubscription(
            new SubscriptionChange(
                "g", "c1", "chat", SubscriptionChange.Action.REPLACE, names, Optional.empty()))
        .join();
  }

  private void send(String... liteTopics) {
    for (String liteTopic : liteTopics) {
      Message message =
          Message.builder("chat", "m" + ids++, new byte[] {1}).liteTopic(liteTopic).build();
      assertThat(engine.send(List.of(message)).join().getFirst().isOk()).isTrue();
    }
  }

  private List<DeliveredMessage> poll(String client, Duration wait) {
    PollRequest request =
        new PollRequest(
            "g",
            "chat",
            client,
            32,
            Optional.of(Duration.ofSeconds(30)),
            Filter.all(),
            wait,
            Optional.empty(),
            true);
    return engine.poll(request).join().value();
  }

  /** Polls until nothing comes, acknowledging all. */
  private List<String> drain() {
    List<String> names = new ArrayList<>();
    for (List<DeliveredMessage> batch = poll("c1", SOON);
        !batch.isEmpty();
        batch = poll("c1", Duration.ofMillis(200))) {
      batch.forEach(each -> names.add(String.valueOf(each.message().message().liteTopic())));
      engine
          .acknowledge("g", batch.stream().map(DeliveredMessage::receiptHandle).toList())
          .join()
          .forEach(outcome -> assertThat(outcome.isOk()).isTrue());
    }
    return names;
  }

  @Test
  void aPrefixIsFollowedBeforeAndAfterItsLiteTopicsAreMade() {
    send("agent-7-a", "agent-70", "other");
    follow("agent-7-");
    send("agent-7-b", "agent-7", "agent-7-a");

    assertThat(drain()).containsExactlyInAnyOrder("agent-7-a", "agent-7-a", "agent-7-b");
  }

  @Test
  void theEmptyPrefixIsTheWholeParent() {
    send("a");
    follow("");
    send("b", "c");

    assertThat(drain()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void aGroupThatStartsLastSeesOnlyWhatComes() {
    GroupDefinition whole = GroupDefinition.prefix("g", "chat", "");
    send("old");
    define(
        new GroupDefinition(
            "g",
            whole.kind(),
            whole.boundTopic(),
            whole.litePrefix(),
            whole.model(),
            new StartFrom.Last(),
            whole.maxAttempts(),
            whole.backoff(),
            whole.liteSubscriptionQuota()));
    sync(Set.of());

    send("new", "old");

    assertThat(drain()).containsExactlyInAnyOrder("new", "old");
  }

  @Test
  void aLiteTopicGoesToOneClientAtATime() {
    follow("");
    send("a", "a");
    assertThat(poll("c1", SOON)).hasSize(2);
    send("a", "b");

    assertThat(poll("c2", SOON))
        .extracting(each -> each.message().message().liteTopic())
        .containsExactly("b");
  }

  @Test
  void whatWasUndeliveredIsFoundAfterARestart() throws IOException {
    follow("s-");
    for (int i = 0; i < 300; i++) {
      send("s-" + i);
    }
    engine.close();
    log = log.crash(Integer.MAX_VALUE);
    index = index.crash(0);
    engine = open();

    assertThat(drain())
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 300).mapToObj(i -> "s-" + i).toList());
  }

  @Test
  void onlyTheUnreadKeepsALiteTopic() {
    engine
        .defineTopic(
            new TopicDefinition(
                "chat", TopicType.LITE, Optional.of(Duration.ofMillis(1500)), false))
        .join();
    follow("");
    send("read");
    assertThat(drain()).containsExactly("read");
    send("unread");

    await()
        .untilAsserted(
            () -> assertThat(engine.describeLite("chat", "read").join().isOk()).isFalse());
    // It was made later, but "read" was acknowledged before, and both have the same TTL.
    await()
        .during(Duration.ofSeconds(3))
        .untilAsserted(
            () -> assertThat(engine.describeLite("chat", "unread").join().isOk()).isTrue());
    send("read");
    assertThat(drain()).containsExactlyInAnyOrder("unread", "read");
  }

  @Test
  void namesCannotBeFollowedInAPrefixGroup() {
    follow("s-");

    assertThat(sync(Set.of("s-1")))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().message())
                    .contains("all lite topics whose names begin with 's-'"));
  }

  @Test
  void aPrefixIsForLife() {
    follow("s-");

    for (GroupDefinition other :
        List.of(GroupDefinition.prefix("g", "chat", ""), GroupDefinition.lite("g", "chat"))) {
      assertThat(define(other))
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused ->
                  assertThat(refused.refusal().code()).isEqualTo(RefusalCode.GROUP_MISMATCH));
    }
  }

  @Test
  void aPrefixThatNoLiteTopicCanHaveIsRefused() {
    assertThat(define(GroupDefinition.prefix("g", "chat", "a/")))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().code()).isEqualTo(RefusalCode.ILLEGAL_LITE_TOPIC));
  }

  @Test
  void progressIsMovedOnlyWhereTheGroupFollows() {
    send("s-1", "t-1");
    follow("s-");
    assertThat(drain()).containsExactly("s-1");

    Outcome<Integer> moved =
        engine.resetOffset("g", "chat", Optional.empty(), new OffsetOption.Min()).join();

    assertThat(moved.value()).isEqualTo(1);
    assertThat(drain()).containsExactly("s-1");
    assertThat(
            engine
                .resetOffset("g", "chat", Optional.of("t-1"), new OffsetOption.Min())
                .join()
                .isOk())
        .isFalse();
  }
}
