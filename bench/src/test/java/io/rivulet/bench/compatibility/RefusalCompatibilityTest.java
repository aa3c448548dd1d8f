package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.api.v1.SubscriptionModel;
import io.rivulet.api.v1.TopicType;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What is refused is refused so that the user of the client reads why; and life goes on. */
@ParameterizedClass
@EnumSource(Language.class)
final class RefusalCompatibilityTest {
  private final Language language;

  private final String topic = Stage.name("topic");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  RefusalCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void aLiteConsumerInAStandardGroupIsToldSo() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_LITE);
    Stage.admin().defineGroup(group, 5);

    assertThatThrownBy(() -> client.liteConsumer(target, group, topic)).hasMessageContaining(group);
  }

  @Test
  void aPushConsumerInALiteGroupIsToldSo() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_LITE);
    Stage.admin().defineLiteGroup(group, topic, SubscriptionModel.SUBSCRIPTION_MODEL_SHARED);

    assertThatThrownBy(() -> client.pushConsumer(target, group, topic)).hasMessageContaining(group);
  }

  @Test
  void aLiteConsumerOfAnotherParentIsToldSo() {
    OfficialClient client = OfficialClient.of(language);
    String other = Stage.name("lite");
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_LITE);
    Stage.admin().defineTopic(other, TopicType.TOPIC_TYPE_LITE);
    Stage.admin().defineLiteGroup(group, topic, SubscriptionModel.SUBSCRIPTION_MODEL_SHARED);

    assertThatThrownBy(() -> client.liteConsumer(target, group, other)).hasMessageContaining(topic);
  }

  @Test
  void aLiteMessageToANormalTopicIsRefused() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_NORMAL);
    OfficialProducer producer = client.producer(target, topic);

    assertThatThrownBy(() -> producer.send(Outgoing.text(topic, "text").liteTopic("session")))
        .hasMessageContaining("LITE");

    assertThat(producer.send(Outgoing.text(topic, "text"))).hasSize(1);
  }

  @Test
  void anIllegalLiteTopicNameIsRefusedWithWhatIsAllowed() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);

    assertThatThrownBy(
            () -> producer.send(Outgoing.text(topic, "text").liteTopic("bell\u0007name")))
        .hasMessageContaining("40020");

    assertThat(producer.send(Outgoing.text(topic, "text").liteTopic("fine"))).hasSize(1);
  }

  @Test
  void aTooShortInvisibleTimeIsRefusedWithWhatIsAllowed() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "text"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);

    assertThatThrownBy(() -> consumer.receive(1, Duration.ofDays(3))).hasMessageContaining("40011");

    assertThat(consumer.receive(1, Duration.ofSeconds(30))).hasSize(1);
  }
}
