package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The recall of official clients, for messages that are not delayed. */
@ParameterizedClass
@EnumSource(Language.class)
final class RecallCompatibilityTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Language language;

  private final String topic = Stage.name("recall");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  RecallCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void whatIsRecalledIsNotReceived() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);
    String handle = producer.sendForRecall(Outgoing.text(topic, "never mind"));
    producer.send(Outgoing.text(topic, "wanted"));

    assertThat(producer.recall(topic, handle)).isNotEmpty();

    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    assertThat(consumer.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::body)
        .containsExactly("wanted");
  }

  @Test
  void aHandleThatIsNoneIsRefused() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);
    producer.send(Outgoing.text(topic, "wanted"));

    assertThatThrownBy(() -> producer.recall(topic, "nonsense"))
        .hasMessageContaining("is not the handle of a message");
  }
}
