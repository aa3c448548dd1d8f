package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.api.v1.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Language.class)
final class FifoCompatibilityTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Language language;

  private final String topic = Stage.name("fifo");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  FifoCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void messagesOfAMessageGroupArriveInOrder() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_FIFO);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(ofFiveGroups(20));

    assertInOrder(consumer.awaitMessages(100), 20);
  }

  @Test
  void aConsumerThatCameBeforeItsFifoTopicGetsOrderToo() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(ofFiveGroups(10));

    assertInOrder(consumer.awaitMessages(50), 10);
  }

  @Test
  void aFailedMessageIsRetriedBeforeItsSuccessors() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_FIFO);
    List<Outgoing> messages = new ArrayList<>();
    for (int number = 0; number < 5; number++) {
      Outgoing message = Outgoing.text(topic, "step-" + number).messageGroup("one");
      messages.add(number == 2 ? message.failing(1) : message);
    }
    client.producer(target, topic).send(messages);

    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    assertThat(consumer.awaitMessages(6))
        .extracting(ReceivedMessage::body)
        .containsExactly("step-0", "step-1", "step-2", "step-2", "step-3", "step-4");
  }

  @Test
  void aMessageThatFailsTooOftenMakesWayForItsSuccessors() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_FIFO);
    Stage.admin().defineGroup(group, 2);
    client
        .producer(target, topic)
        .send(
            Outgoing.text(topic, "poison").messageGroup("one").failing(100),
            Outgoing.text(topic, "after").messageGroup("one"));

    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    consumer.awaitMessage(message -> message.body().equals("after"));
    assertThat(consumer.bodies()).containsExactly("poison", "poison", "after");
    OfficialConsumer undertaker =
        client.simpleConsumer(target, Stage.name("group"), "%DLQ%" + group);
    assertThat(undertaker.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::body)
        .containsExactly("poison");
  }

  @Test
  void aSimpleConsumerGetsTheNextOfAGroupOnlyAfterItAcknowledged() {
    OfficialClient client = OfficialClient.of(language);
    client
        .producer(target, topic)
        .send(
            Outgoing.text(topic, "first").messageGroup("one"),
            Outgoing.text(topic, "second").messageGroup("one"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    List<ReceivedMessage> received = new ArrayList<>(consumer.receive(1, LONG));
    received.addAll(consumer.receive(1, LONG));
    assertThat(received).extracting(ReceivedMessage::body).containsExactly("first");

    consumer.acknowledge(received);

    assertThat(consumer.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::body)
        .containsExactly("second");
  }

  @Test
  void oneBlockedMessageGroupDoesNotHoldUpTheOthers() {
    OfficialClient client = OfficialClient.of(language);
    client
        .producer(target, topic)
        .send(
            Outgoing.text(topic, "blocked").messageGroup("slow"),
            Outgoing.text(topic, "waiting").messageGroup("slow"),
            Outgoing.text(topic, "free").messageGroup("quick"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);

    List<ReceivedMessage> received = new ArrayList<>(consumer.receiveAtLeast(2, LONG));

    assertThat(received).extracting(ReceivedMessage::body).contains("blocked", "free");
  }

  private List<Outgoing> ofFiveGroups(int each) {
    List<Outgoing> messages = new ArrayList<>();
    for (int number = 0; number < each; number++) {
      for (int one = 0; one < 5; one++) {
        messages.add(Outgoing.text(topic, one + "-" + number).messageGroup("group-" + one));
      }
    }
    return messages;
  }

  private static void assertInOrder(List<ReceivedMessage> messages, int each) {
    for (int one = 0; one < 5; one++) {
      String messageGroup = "group-" + one;
      assertThat(messages)
          .filteredOn(message -> message.messageGroup().equals(messageGroup))
          .extracting(ReceivedMessage::body)
          .containsExactlyElementsOf(Stage.texts(Integer.toString(one), each));
    }
  }
}
