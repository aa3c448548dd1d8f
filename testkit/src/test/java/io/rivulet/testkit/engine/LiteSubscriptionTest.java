package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Backoff;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that follow very many lite topics. */
final class LiteSubscriptionTest {
  private static final int MANY = 10_000;

  private final MemoryLog log = MemoryLog.automatic(Clock.system());
  private final Engine engine;

  LiteSubscriptionTest() throws IOException {
    engine =
        Engine.open(
            EngineConfig.defaults(), log, new MemoryIndex(), Clock.system(), new QuietListener());
    engine
        .defineGroup(
            new GroupDefinition(
                "g",
                GroupKind.LITE,
                Optional.of("chat"),
                Optional.empty(),
                SubscriptionModel.SHARED,
                new StartFrom.First(),
                3,
                Backoff.standard(),
                2 * MANY))
        .join()
        .value();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private int sync(Set<String> names) {
    SubscriptionChange change =
        new SubscriptionChange(
            "g", "c1", "chat", SubscriptionChange.Action.REPLACE, names, Optional.empty());
    return engine.changeSubscription(change).join().value();
  }

  private static Set<String> names(int from, int to) {
    Set<String> names = new HashSet<>();
    for (int number = from; number < to; number++) {
      names.add("s-" + number);
    }
    return names;
  }

  private void send(String liteTopic) {
    Message message =
        Message.builder("chat", "to-" + liteTopic, new byte[] {1}).liteTopic(liteTopic).build();
    assertThat(engine.send(List.of(message)).join().getFirst().isOk()).isTrue();
  }

  private List<String> poll(Duration wait) {
    PollRequest request =
        new PollRequest(
            "g",
            "chat",
            "c1",
            32,
            Optional.of(Duration.ofSeconds(30)),
            Filter.all(),
            wait,
            Optional.empty(),
            true);
    return engine.poll(request).join().value().stream()
        .map(LiteSubscriptionTest::liteTopicOf)
        .toList();
  }

  private static String liteTopicOf(DeliveredMessage delivered) {
    return String.valueOf(delivered.message().message().liteTopic());
  }

  @Test
  void aFullSyncOfManyNamesIsFollowedWhole() {
    assertThat(sync(names(0, MANY))).isEqualTo(MANY);

    send("s-" + (MANY - 1));

    assertThat(poll(Duration.ofSeconds(5))).containsExactly("s-" + (MANY - 1));
  }

  @Test
  void aFullSyncThatChangesNothingWritesNothing() {
    sync(names(0, MANY));
    long end = log.end();

    assertThat(sync(names(0, MANY))).isEqualTo(MANY);

    assertThat(log.end()).isEqualTo(end);
  }

  @Test
  void aFullSyncOfOthersLeavesWhatItDoesNotName() {
    sync(names(0, MANY));

    assertThat(sync(names(MANY / 2, MANY + 10))).isEqualTo(MANY / 2 + 10);

    send("s-0");
    send("s-" + (MANY + 1));
    assertThat(poll(Duration.ofSeconds(5))).containsExactly("s-" + (MANY + 1));
    assertThat(poll(Duration.ZERO)).isEmpty();
  }

  @Test
  void aClientThatSaysGoodbyeLeavesNothingBehind() {
    sync(names(0, MANY));
    send("s-0");
    send("s-" + (MANY - 1));

    engine.clientGone("c1");

    await()
        .untilAsserted(() -> {
          assertThat(subscribers("s-0")).isZero();
          assertThat(subscribers("s-" + (MANY - 1))).isZero();
        });
  }

  private int subscribers(String liteTopic) {
    return engine.describeLite("chat", liteTopic).join().value().subscribers().size();
  }
}
