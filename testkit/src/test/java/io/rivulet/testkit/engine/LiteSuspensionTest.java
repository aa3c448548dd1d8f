package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lite topic rests for one group, for a while. */
final class LiteSuspensionTest {
  private static final Duration WHILE = Duration.ofSeconds(60);

  private final RequestWorld world = new RequestWorld();

  @BeforeEach
  void followed() {
    world.liteGroup("g", "chat", "s", "other");
    world.liteGroup("h", "chat", "s");
  }

  private void send(String liteTopic) {
    world.send(world.message("chat").liteTopic(liteTopic));
  }

  private Outcome<Instant> suspend(String group, String topic, String name, Duration length) {
    return world.settled(world.shard().suspendLite(group, topic, name, length));
  }

  private static RefusalCode codeOf(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).refusal().code();
  }

  @Test
  void nothingOfItIsHandedOutToThatGroupUntilThen() {
    send("s");
    send("other");

    Instant until = suspend("g", "chat", "s", WHILE).value();

    assertThat(until.toEpochMilli()).isEqualTo(world.wallMillis() + WHILE.toMillis());
    send("s");
    assertThat(world.pollIds("g", "chat")).containsExactly("m1");
    assertThat(world.pollIds("h", "chat")).containsExactly("m0", "m2");
    world.pass(WHILE.minusSeconds(1));
    assertThat(world.pollIds("g", "chat")).containsOnly("m1");
    world.pass(Duration.ofSeconds(2));
    assertThat(world.pollIds("g", "chat")).containsExactly("m0", "m2");
  }

  @Test
  void aSuspensionOfNoTimeResumes() {
    send("s");
    suspend("g", "chat", "s", WHILE);
    assertThat(world.pollIds("g", "chat")).isEmpty();

    assertThat(suspend("g", "chat", "s", Duration.ZERO).isOk()).isTrue();

    assertThat(world.pollIds("g", "chat")).containsExactly("m0");
  }

  @Test
  void whatIsLeasedMayBeFinished() {
    send("s");
    send("s");
    List<DeliveredMessage> held = world.poll("g", "chat");
    suspend("g", "chat", "s", WHILE);

    assertThat(world.acknowledge("g", held.getFirst()).isOk()).isTrue();
    Outcome<String> longer =
        world.settled(
            world
                .shard()
                .changeInvisible(
                    "g", held.getLast().receiptHandle(), Duration.ofSeconds(5), false));

    assertThat(longer.isOk()).isTrue();
    world.pass(Duration.ofSeconds(10));
    assertThat(world.pollIds("g", "chat")).isEmpty();
    world.pass(WHILE);
    assertThat(world.pollIds("g", "chat")).containsExactly("m1");
  }

  @Test
  void attemptsDoNotGrowMeanwhile() {
    send("s");
    suspend("g", "chat", "s", WHILE);
    for (int i = 0; i < 5; i++) {
      world.poll("g", "chat");
      world.pass(Duration.ofSeconds(10));
    }
    world.pass(WHILE);

    assertThat(world.poll("g", "chat").getFirst().attempt()).isEqualTo(1);
  }

  @Test
  void aSuspensionSurvivesARestart() {
    send("s");
    suspend("g", "chat", "s", Duration.ofHours(1));
    for (boolean isIndexLost : List.of(false, true, false)) {
      world.pass(Duration.ofSeconds(1));
      world.restart(isIndexLost);
      world.introduce("c-g", "g");
      assertThat(world.pollIds("g", "chat")).isEmpty();
      world.pass(Duration.ofSeconds(1));
    }
    suspend("g", "chat", "s", Duration.ofSeconds(5));
    world.restart(false);
    world.introduce("c-g", "g");
    world.pass(Duration.ofSeconds(6));

    assertThat(world.pollIds("g", "chat")).containsExactly("m0");
  }

  @Test
  void anEmptyLiteTopicIsSuspendedForWhatComes() {
    send("s");
    DeliveredMessage held = world.poll("g", "chat").getFirst();
    world.acknowledge("g", held);
    suspend("g", "chat", "s", Duration.ofSeconds(8));

    send("s");

    assertThat(world.pollIds("g", "chat")).isEmpty();
    world.pass(Duration.ofSeconds(9));
    assertThat(world.pollIds("g", "chat")).containsExactly("m1");
  }

  @Test
  void whatCannotBeSuspendedIsRefused() {
    send("s");
    world.standardGroup("standard", "t", Filter.all());
    world.send(world.message("t"));

    assertThat(codeOf(suspend("none", "chat", "s", WHILE))).isEqualTo(RefusalCode.GROUP_NOT_FOUND);
    assertThat(codeOf(suspend("g", "none", "s", WHILE))).isEqualTo(RefusalCode.TOPIC_NOT_FOUND);
    assertThat(codeOf(suspend("g", "chat", "none", WHILE)))
        .isEqualTo(RefusalCode.LITE_TOPIC_NOT_FOUND);
    assertThat(codeOf(suspend("standard", "chat", "s", WHILE)))
        .isEqualTo(RefusalCode.GROUP_MISMATCH);
    assertThat(codeOf(suspend("g", "t", "s", WHILE))).isEqualTo(RefusalCode.TYPE_MISMATCH);
    assertThat(codeOf(suspend("g", "chat", "s", Duration.ofDays(31))))
        .isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
    assertThat(codeOf(suspend("g", "chat", "s", Duration.ofSeconds(-1))))
        .isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
  }
}
