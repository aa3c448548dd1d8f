package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Language.class)
final class PriorityCompatibilityTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Language language;

  private final String topic = Stage.name("priority");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  PriorityCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void higherPrioritiesAreReceivedFirst() {
    OfficialClient client = OfficialClient.of(language);
    List<Outgoing> messages = new ArrayList<>();
    for (int priority : List.of(1, 5, 3, 1, 9, 5)) {
      messages.add(Outgoing.text(topic, "priority " + priority).priority(priority));
    }
    client.producer(target, topic).send(messages);
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);

    List<ReceivedMessage> received = consumer.receiveAtLeast(6, LONG);

    assertThat(received).extracting(ReceivedMessage::priority).containsExactly(9, 5, 5, 3, 1, 1);
  }

  @Test
  void aLaterUrgentMessageOvertakesWhatWaits() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);
    producer.send(
        Outgoing.text(topic, "patient 1").priority(1),
        Outgoing.text(topic, "patient 2").priority(1));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    consumer.acknowledge(consumer.receive(1, LONG));

    producer.send(Outgoing.text(topic, "urgent").priority(7));

    assertThat(consumer.receiveAtLeast(2, LONG))
        .extracting(ReceivedMessage::body)
        .containsExactly("urgent", "patient 2");
  }

  @Test
  void aPushConsumerIsToldThePriority() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(Outgoing.text(topic, "urgent").priority(7));

    assertThat(consumer.awaitMessages(1)).extracting(ReceivedMessage::priority).containsExactly(7);
  }
}
