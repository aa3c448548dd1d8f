package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Language.class)
final class RedeliveryCompatibilityTest {
  /** The shortest that the protocol's reference takes in a receive. */
  private static final Duration SHORTEST = Duration.ofSeconds(10);

  private static final Duration LONG = Duration.ofSeconds(60);

  private final Language language;

  private final String topic = Stage.name("normal");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  RedeliveryCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void aFailedMessageComesBackWithTheNextAttempt() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client
        .producer(target, topic)
        .send(Outgoing.text(topic, "stubborn").failing(1), Outgoing.text(topic, "easy"));

    consumer.awaitMessage(message -> message.body().equals("stubborn") && message.attempt() == 2);
    List<ReceivedMessage> all = consumer.messages();
    assertThat(all)
        .filteredOn(message -> message.body().equals("stubborn"))
        .extracting(ReceivedMessage::result, ReceivedMessage::attempt)
        .containsExactly(tuple("FAILURE", 1), tuple("SUCCESS", 2));
    assertThat(all).filteredOn(message -> message.body().equals("easy")).hasSize(1);
  }

  @Test
  void aMessageNotAckedComesBackAfterItsInvisibleTime() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "forgotten"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    ReceivedMessage first = consumer.receiveAtLeast(1, SHORTEST).getFirst();

    ReceivedMessage second = consumer.receiveAtLeast(1, LONG).getFirst();

    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.attempt()).isEqualTo(2);
    assertThat(second.atMillis() - first.atMillis())
        .isBetween(SHORTEST.toMillis() - 500, SHORTEST.toMillis() + 6_000);
  }

  @Test
  void aShortenedInvisibleTimeBringsAMessageBackSooner() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "sooner"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    ReceivedMessage first = consumer.receiveAtLeast(1, Duration.ofMinutes(5)).getFirst();

    consumer.changeInvisible(first, Duration.ofSeconds(1));
    ReceivedMessage second = consumer.receiveAtLeast(1, LONG).getFirst();

    assertThat(second.id()).isEqualTo(first.id());
    assertThat(second.attempt()).isEqualTo(2);
  }

  @Test
  void aMessageWhoseInvisibleTimeWasChangedCanBeAcknowledged() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "longer"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    ReceivedMessage message = consumer.receiveAtLeast(1, SHORTEST).getFirst();

    consumer.changeInvisible(message, LONG);
    consumer.acknowledge(message);

    await()
        .atMost(OfficialClient.PATIENCE)
        .untilAsserted(() -> assertThat(Stage.admin().backlog(group)).isZero());
  }

  @Test
  void anAcknowledgementAfterTheLeaseEndedIsRefusedWithTheReason() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "late"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    ReceivedMessage first = consumer.receiveAtLeast(1, SHORTEST).getFirst();
    ReceivedMessage second = consumer.receiveAtLeast(1, LONG).getFirst();

    assertThatThrownBy(() -> consumer.acknowledge(first)).hasMessageContaining("40013");
    consumer.acknowledge(second);
  }

  @Test
  void aMessageThatFailsTooOftenIsReadFromTheDeadLetterQueue() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineGroup(group, 2);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    List<String> ids =
        client.producer(target, topic).send(Outgoing.text(topic, "poison").failing(100).tag("bad"));

    OfficialConsumer undertaker =
        client.simpleConsumer(target, Stage.name("group"), "%DLQ%" + group);
    ReceivedMessage dead = undertaker.receiveAtLeast(1, LONG).getFirst();
    assertThat(dead.body()).isEqualTo("poison");
    assertThat(dead.tag()).isEqualTo("bad");
    assertThat(consumer.messages()).hasSize(2);
    assertThat(ids).hasSize(1);
    undertaker.acknowledge(dead);
  }

  @Test
  void aMessageOfAConsumerThatVanishedGoesToAnother() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "orphan"));
    try (OfficialClient doomed = OfficialClient.start(language)) {
      OfficialConsumer victim = doomed.simpleConsumer(target, group, topic);
      assertThat(victim.receiveAtLeast(1, SHORTEST)).hasSize(1);
    }

    OfficialConsumer heir = client.simpleConsumer(target, group, topic);

    assertThat(heir.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::body, ReceivedMessage::attempt)
        .containsExactly(tuple("orphan", 2));
  }
}
