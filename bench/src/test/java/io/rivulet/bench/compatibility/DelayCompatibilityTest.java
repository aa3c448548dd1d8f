package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.bench.ServerProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages with a delivery time, sent and received by official clients. */
@ParameterizedClass
@EnumSource(Language.class)
final class DelayCompatibilityTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Language language;

  private final String topic = Stage.name("delay");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  DelayCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void nobodyGetsThemBeforeTheirTimeAndThenInItsOrder() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);
    OfficialProducer producer = client.producer(target, topic);
    long now = System.currentTimeMillis();

    producer.send(
        Outgoing.text(topic, "third").deliverAt(now + 4500),
        Outgoing.text(topic, "second").deliverAt(now + 3000),
        Outgoing.text(topic, "first").deliverAt(now - 5000));

    List<ReceivedMessage> received = consumer.awaitMessages(3);
    assertThat(received)
        .extracting(ReceivedMessage::body)
        .containsExactly("first", "second", "third");
    assertThat(received)
        .extracting(ReceivedMessage::deliverAtMillis)
        .containsExactly(now - 5000, now + 3000, now + 4500);
    assertThat(received)
        .allSatisfy(
            each -> assertThat(each.atMillis()).isGreaterThanOrEqualTo(each.deliverAtMillis()));
  }

  @Test
  void whatIsRecalledInTimeIsNotReceived() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);
    long due = System.currentTimeMillis() + 3000;
    String handle = producer.sendForRecall(Outgoing.text(topic, "never mind").deliverAt(due));
    producer.send(Outgoing.text(topic, "wanted").deliverAt(due + 500));

    assertThat(producer.recall(topic, handle)).isNotEmpty();

    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    assertThat(consumer.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::body)
        .containsExactly("wanted");
  }

  @Test
  void tooLateIsRefusedWithTheLimit() {
    OfficialProducer producer = OfficialClient.of(language).producer(target, topic);
    long inFourDays = System.currentTimeMillis() + Duration.ofDays(4).toMillis();

    assertThatThrownBy(
            () -> producer.send(Outgoing.text(topic, "much later").deliverAt(inFourDays)))
        .hasMessageContaining("engine.max-delay");
  }

  @Test
  void theySurviveAKill() {
    try (ServerProcess server = ServerProcess.start();
        OfficialClient before = OfficialClient.start(language)) {
      Target killed = new Target(server.endpoint(), false);
      long due = System.currentTimeMillis() + 5000;
      before
          .producer(killed, "later")
          .send(
              Outgoing.text("later", "one").deliverAt(due),
              Outgoing.text("later", "two").deliverAt(due + 10));

      server.kill();
      server.startAgain();
      try (OfficialClient after = OfficialClient.start(language)) {
        OfficialConsumer consumer = after.pushConsumer(killed, "workers", "later");

        List<ReceivedMessage> received = consumer.awaitMessages(2);
        assertThat(received)
            .extracting(ReceivedMessage::body)
            .containsExactlyInAnyOrder("one", "two");
        assertThat(received).allSatisfy(each -> assertThat(each.atMillis()).isGreaterThan(due - 1));
      }
    }
  }
}
