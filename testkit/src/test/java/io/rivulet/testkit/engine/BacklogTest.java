package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.LiteBacklog;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is unread, in memory or in the index. */
final class BacklogTest {
  private static final int LITE_TOPICS = 200;

  private MemoryLog log = MemoryLog.automatic(Clock.system());
  private MemoryIndex index = new MemoryIndex();
  private Engine engine;

  BacklogTest() throws IOException {
    engine = open();
    engine.defineGroup(GroupDefinition.prefix("whole", "chat", "")).join().value();
    change("whole", SubscriptionChange.Action.REPLACE, Set.of());
    for (int lite = 0; lite < LITE_TOPICS; lite++) {
      for (int i = 0; i <= lite; i++) {
        send("s" + lite, i);
      }
    }
  }

  private Engine open() throws IOException {
    return Engine.open(EngineConfig.defaults(), log, index, Clock.system(), new QuietListener());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void change(String group, SubscriptionChange.Action action, Set<String> names) {
    engine
        .changeSubscription(
            new SubscriptionChange(group, "c", "chat", action, names, Optional.empty()))
        .join()
        .value();
  }

  private void send(String liteTopic, int number) {
    Message message =
        Message.builder("chat", liteTopic + "-" + number, new byte[] {1})
            .liteTopic(liteTopic)
            .build();
    engine.send(List.of(message)).join().getFirst().value();
  }

  private List<LiteBacklog> top() {
    return engine.topLite("chat", 3).join().value();
  }

  @Test
  void theLargestComeFirst() {
    assertThat(top()).extracting(LiteBacklog::liteTopic).containsExactly("s199", "s198", "s197");
    assertThat(top()).extracting(LiteBacklog::backlog).containsExactly(200L, 199L, 198L);
  }

  @Test
  void theyAreTheSameAfterARestart() throws IOException {
    List<LiteBacklog> before = top();
    engine.close();
    log = log.crash(Integer.MAX_VALUE);
    index = index.crash(0);
    engine = open();

    assertThat(top()).isEqualTo(before);
    assertThat(engine.describeGroup("whole").join().value().topics())
        .singleElement()
        .satisfies(topic -> assertThat(topic.backlog()).isEqualTo(LITE_TOPICS * 201L / 2));
  }

  @Test
  void theSlowestGroupCounts() {
    engine.defineGroup(GroupDefinition.lite("late", "chat")).join().value();
    change("late", SubscriptionChange.Action.ADD, Set.of("s5"));

    assertThat(engine.topLite("chat", 1000).join().value())
        .hasSize(LITE_TOPICS)
        .filteredOn(each -> each.liteTopic().equals("s5"))
        .singleElement()
        .satisfies(each -> assertThat(each.backlog()).isEqualTo(6));
  }
}
