package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Language.class)
final class SendAndReceiveCompatibilityTest {
  private static final Duration INVISIBLE = Duration.ofSeconds(30);

  private final Language language;

  private final String topic = Stage.name("normal");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  SendAndReceiveCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void aPushConsumerGetsWhatAProducerSent() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(Stage.outgoing(topic, "text", 50));

    assertThat(consumer.awaitMessages(50))
        .extracting(ReceivedMessage::body)
        .containsExactlyInAnyOrderElementsOf(Stage.texts("text", 50));
  }

  @Test
  void aMessageArrivesWithAllThatItsProducerGaveIt() {
    OfficialClient client = OfficialClient.of(language);
    Outgoing message =
        Outgoing.text(topic, "häßlich 漢字 🙂")
            .tag("greeting")
            .keys("first", "second")
            .property("origin", "a test");

    List<String> ids = client.producer(target, topic).send(message);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    ReceivedMessage received = consumer.awaitMessages(1).getFirst();
    assertThat(received.id()).isEqualTo(ids.getFirst());
    assertThat(received.topic()).isEqualTo(topic);
    assertThat(received.body()).isEqualTo("häßlich 漢字 🙂");
    assertThat(received.tag()).isEqualTo("greeting");
    assertThat(received.keys()).containsExactlyInAnyOrder("first", "second");
    assertThat(received.properties()).containsExactlyEntriesOf(Map.of("origin", "a test"));
    assertThat(received.attempt()).isOne();
  }

  @Test
  void anAcknowledgedMessageDoesNotComeBack() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Stage.outgoing(topic, "once", 10));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);

    List<ReceivedMessage> received = consumer.receiveAtLeast(10, INVISIBLE);
    consumer.acknowledge(received);

    assertThat(received)
        .extracting(ReceivedMessage::body)
        .containsExactlyInAnyOrderElementsOf(Stage.texts("once", 10));
    await()
        .atMost(OfficialClient.PATIENCE)
        .untilAsserted(() -> assertThat(Stage.admin().backlog(group)).isZero());
  }

  @Test
  void aReceiveFromNothingIsAnEmptyList() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Outgoing.text(topic, "the only one"));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    consumer.acknowledge(consumer.receiveAtLeast(1, INVISIBLE));

    List<ReceivedMessage> received = consumer.receive(16, INVISIBLE);

    assertThat(received).isEmpty();
  }

  @Test
  void aNewGroupSeesWhatWasSentBefore() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(Stage.outgoing(topic, "earlier", 5));

    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);

    assertThat(consumer.receiveAtLeast(5, INVISIBLE))
        .extracting(ReceivedMessage::body)
        .containsExactlyInAnyOrderElementsOf(Stage.texts("earlier", 5));
  }

  @Test
  void aConsumerMayComeBeforeItsTopic() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic);

    client.producer(target).send(Outgoing.text(topic, "the first"));

    assertThat(consumer.awaitMessages(1)).extracting(ReceivedMessage::body).contains("the first");
  }

  @Test
  void onlyWantedTagsArrive() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, group, topic, "red || blue");
    List<Outgoing> messages = new ArrayList<>();
    for (String tag : List.of("red", "green", "blue", "yellow", "red")) {
      messages.add(Outgoing.text(topic, tag).tag(tag));
    }
    messages.add(Outgoing.text(topic, "untagged"));
    messages.add(Outgoing.text(topic, "blue").tag("blue"));

    client.producer(target, topic).send(messages);

    assertThat(consumer.awaitMessages(4))
        .extracting(ReceivedMessage::body)
        .containsExactlyInAnyOrder("red", "red", "blue", "blue");
    await()
        .atMost(OfficialClient.PATIENCE)
        .untilAsserted(() -> assertThat(Stage.admin().backlog(group)).isZero());
  }

  @Test
  void everyGroupGetsEveryMessage() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer one = client.pushConsumer(target, group, topic);
    OfficialConsumer other = client.pushConsumer(target, Stage.name("group"), topic);

    client.producer(target, topic).send(Stage.outgoing(topic, "both", 20));

    assertThat(one.awaitMessages(20)).hasSize(20);
    assertThat(other.awaitMessages(20)).hasSize(20);
  }

  @Test
  void theMembersOfAGroupShareItsMessages() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer one = client.pushConsumer(target, group, topic);
    OfficialConsumer other = client.pushConsumer(target, group, topic);

    client.producer(target, topic).send(Stage.outgoing(topic, "shared", 100));

    await()
        .atMost(OfficialClient.PATIENCE)
        .until(() -> one.messages().size() + other.messages().size() >= 100);
    List<String> all = new ArrayList<>(one.bodies());
    all.addAll(other.bodies());
    assertThat(all).containsExactlyInAnyOrderElementsOf(Stage.texts("shared", 100));
  }

  @Test
  void clientsOfBothLanguagesShareAGroup() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer java = OfficialClient.of(Language.JAVA).pushConsumer(target, group, topic);
    OfficialConsumer node = OfficialClient.of(Language.NODE).pushConsumer(target, group, topic);

    client.producer(target, topic).send(Stage.outgoing(topic, "mixed", 60));

    await()
        .atMost(OfficialClient.PATIENCE)
        .until(() -> java.messages().size() + node.messages().size() >= 60);
    List<String> all = new ArrayList<>(java.bodies());
    all.addAll(node.bodies());
    assertThat(all).containsExactlyInAnyOrderElementsOf(Stage.texts("mixed", 60));
  }
}
