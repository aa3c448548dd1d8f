package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Large bodies; the Node client cannot take a message of more than 4 MiB. */
final class LargeMessageCompatibilityTest {
  private static final int MIB = 1 << 20;

  /** MD5 of 20 and 64 MiB of the alphabet, over and over. */
  private static final String MD5_OF_20_MIB = BodyDigests.ofAlphabet(20 * MIB);

  private static final Duration LONG = Duration.ofMinutes(2);

  private final String topic = Stage.name("large");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  @Test
  void twentyMebibytesGoThereAndBackWithJava() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(Outgoing.ofSize(topic, 20 * MIB));

    ReceivedMessage received = consumer.awaitMessages(1).getFirst();
    assertThat(received.size()).isEqualTo(20 * MIB);
    assertThat(received.md5()).isEqualTo(MD5_OF_20_MIB);
  }

  @Test
  void twentyMebibytesComeOverTlsOnDemand() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    client.producer(target.overTls(), topic).send(Outgoing.ofSize(topic, 20 * MIB));
    OfficialConsumer consumer = client.simpleConsumer(target.overTls(), group, topic);

    assertThat(consumer.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::md5)
        .containsExactly(MD5_OF_20_MIB);
  }

  @Test
  @Tag("long")
  void sixtyFourMebibytesGoThereAndBackWithJava() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(Outgoing.ofSize(topic, 64 * MIB));

    assertThat(consumer.awaitMessages(1).getFirst().md5())
        .isEqualTo(BodyDigests.ofAlphabet(64 * MIB));
  }

  @Test
  void nodeSendsSixMebibytes() {
    OfficialConsumer consumer = OfficialClient.of(Language.JAVA).pushConsumer(target, group, topic);

    OfficialClient.of(Language.NODE).producer(target, topic).send(Outgoing.ofSize(topic, 6 * MIB));

    assertThat(consumer.awaitMessages(1).getFirst().md5())
        .isEqualTo(BodyDigests.ofAlphabet(6 * MIB));
  }

  @Test
  void whatIsTooLargeForNodeGoesToAClientThatCanTakeIt() {
    OfficialClient java = OfficialClient.of(Language.JAVA);
    OfficialConsumer small = OfficialClient.of(Language.NODE).pushConsumer(target, group, topic);
    OfficialConsumer large = java.pushConsumer(target, group, topic);

    java.producer(target, topic).send(Outgoing.ofSize(topic, 6 * MIB));

    ReceivedMessage received = large.awaitMessages(1).getFirst();
    assertThat(received.size()).isEqualTo(6 * MIB);
    assertThat(small.messages()).isEmpty();
  }

  @Test
  void whatIsTooLargeForTheWholeGroupIsDeadLetteredAndBlocksNothing() {
    OfficialClient java = OfficialClient.of(Language.JAVA);
    OfficialConsumer small = OfficialClient.of(Language.NODE).pushConsumer(target, group, topic);
    OfficialProducer producer = java.producer(target, topic);

    producer.send(
        Outgoing.text(topic, "before").messageGroup("one"),
        Outgoing.ofSize(topic, 6 * MIB).messageGroup("one"),
        Outgoing.text(topic, "after").messageGroup("one"));

    small.awaitMessage(message -> message.body().equals("after"));
    assertThat(small.bodies()).containsExactly("before", "after");
    OfficialConsumer undertaker = java.simpleConsumer(target, Stage.name("group"), "%DLQ%" + group);
    List<ReceivedMessage> dead = undertaker.receiveAtLeast(1, LONG);
    assertThat(dead).extracting(ReceivedMessage::size).containsExactly(6 * MIB);
  }

  @Test
  void manyMiddlingMessagesNeverAddUpToTooMuchForNode() {
    OfficialConsumer consumer = OfficialClient.of(Language.NODE).pushConsumer(target, group, topic);
    OfficialProducer producer = OfficialClient.of(Language.JAVA).producer(target, topic);

    for (int number = 0; number < 12; number++) {
      producer.send(Outgoing.ofSize(topic, MIB));
    }

    assertThat(consumer.awaitMessages(12)).hasSize(12);
    await()
        .atMost(OfficialClient.PATIENCE)
        .untilAsserted(() -> assertThat(Stage.admin().backlog(group)).isZero());
  }
}
