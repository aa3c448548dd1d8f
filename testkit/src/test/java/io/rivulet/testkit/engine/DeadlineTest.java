package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.scheduling.Demand;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No worker gets what nobody waits for any more. */
final class DeadlineTest {
  private final RequestWorld world = new RequestWorld();

  private Message.Builder expiring(String topic, Duration in) {
    long deadline = world.wallMillis() + in.toMillis();
    return world
        .message(topic)
        .properties(Map.of(Demand.DEADLINE_PROPERTY, Long.toString(deadline)));
  }

  private List<Message> deadLetters(String group) {
    return world.read("%DLQ%" + group, "0");
  }

  private static String reasonOf(Message letter) {
    Message.Origin origin = letter.origin();
    assertThat(origin).isNotNull();
    return origin == null ? "" : origin.reason();
  }

  @Test
  void aMessagePastItsDeadlineIsDeadLetteredWithTheReason() {
    world.standardGroup("g", "t", Filter.all());
    long deadline = world.wallMillis() + 5_000;
    world.send(expiring("t", Duration.ofSeconds(5)));
    world.send(world.message("t"));
    world.pass(Duration.ofSeconds(6));

    assertThat(world.pollIds("g", "t")).containsExactly("m1");

    assertThat(deadLetters("g")).extracting(Message::id).containsExactly("m0");
    assertThat(reasonOf(deadLetters("g").getFirst()))
        .isEqualTo(
            "its deadline passed at "
                + Instant.ofEpochMilli(deadline)
                + ", before it was handed out");
    assertThat(world.shard().stats().withdrawn().expired()).isEqualTo(1);
    assertThat(world.shard().stats().deadLetteredMessages()).isEqualTo(1);
  }

  @Test
  void atItsDeadlineAMessageIsStillHandedOut() {
    world.standardGroup("g", "t", Filter.all());
    world.send(expiring("t", Duration.ofSeconds(5)));
    world.pass(Duration.ofSeconds(5));

    assertThat(world.pollIds("g", "t")).containsExactly("m0");
  }

  @Test
  void aRedeliveryPastTheDeadlineIsDeadLetteredToo() {
    world.standardGroup("g", "t", Filter.all());
    world.send(expiring("t", Duration.ofSeconds(5)));
    assertThat(world.pollIds("g", "t")).containsExactly("m0");
    world.pass(RequestWorld.LEASE.plusSeconds(1));

    assertThat(world.pollIds("g", "t")).isEmpty();

    assertThat(reasonOf(deadLetters("g").getFirst())).endsWith(", before it was handed out again");
  }

  @Test
  void whoHasItMayFinishItAfterTheDeadline() {
    world.standardGroup("g", "t", Filter.all());
    world.send(expiring("t", Duration.ofSeconds(5)));
    var delivered = world.poll("g", "t").getFirst();
    world.pass(Duration.ofSeconds(10));

    assertThat(world.acknowledge("g", delivered).isOk()).isTrue();

    assertThat(deadLetters("g")).isEmpty();
  }

  @Test
  void aLiteTopicGoesOnBehindWhatExpired() {
    world.liteGroup("g", "chat", "s");
    world.send(expiring("chat", Duration.ofSeconds(1)).liteTopic("s"));
    world.send(expiring("chat", Duration.ofSeconds(1)).liteTopic("s"));
    world.send(world.message("chat").liteTopic("s"));
    world.pass(Duration.ofSeconds(2));

    world.poll("g", "chat");
    world.poll("g", "chat");

    assertThat(world.pollIds("g", "chat")).containsExactly("m2");
    assertThat(deadLetters("g")).hasSize(2);
  }

  @Test
  void manyExpiredMessagesAreNoObstacle() {
    world.standardGroup("g", "t", Filter.all());
    for (int i = 0; i < 1000; i++) {
      world.send(expiring("t", Duration.ofSeconds(1)));
    }
    world.send(world.message("t"));
    world.pass(Duration.ofSeconds(2));

    List<String> got = List.of();
    for (int i = 0; i < 50 && got.isEmpty(); i++) {
      got = world.pollIds("g", "t");
    }

    assertThat(got).containsExactly("m1000");
    assertThat(world.shard().stats().withdrawn().expired()).isEqualTo(1000);
  }

  @Test
  void eachGroupDeadLettersForItself() {
    world.standardGroup("g", "t", Filter.all());
    world.standardGroup("h", "t", Filter.all());
    world.send(expiring("t", Duration.ofSeconds(5)));
    var delivered = world.poll("g", "t").getFirst();
    world.acknowledge("g", delivered);
    world.pass(Duration.ofSeconds(6));

    world.poll("h", "t");

    assertThat(deadLetters("h")).hasSize(1);
    assertThat(deadLetters("g")).isEmpty();
  }

  @Test
  void theDeadlineOfALargeMessageHolds() {
    world.standardGroup("g", "t", Filter.all());
    long deadline = world.wallMillis() + 5_000;
    world.send(
        world
            .message("t", new byte[400_000])
            .properties(Map.of(Demand.DEADLINE_PROPERTY, Long.toString(deadline))));
    world.pass(Duration.ofSeconds(6));

    assertThat(world.pollIds("g", "t")).isEmpty();

    assertThat(deadLetters("g")).hasSize(1);
  }

  @Test
  void aDeadlineSurvivesARestart() {
    for (boolean isIndexLost : List.of(false, true)) {
      String group = "g" + isIndexLost;
      String topic = "t" + isIndexLost;
      world.standardGroup(group, topic, Filter.all());
      world.send(expiring(topic, Duration.ofSeconds(5)));
      world.restart(isIndexLost);
      world.introduce("c-" + group, group);
      world.pass(Duration.ofSeconds(6));

      assertThat(world.pollIds(group, topic)).isEmpty();

      assertThat(deadLetters(group)).hasSize(1);
    }
  }
}
