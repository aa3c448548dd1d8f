package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.rivulet.api.v1.SubscriptionModel;
import io.rivulet.api.v1.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Language.class)
final class LiteTopicCompatibilityTest {
  private final Language language;

  private final String topic = Stage.name("lite");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();

  LiteTopicCompatibilityTest(Language language) {
    this.language = language;
  }

  @Test
  void eachLiteTopicArrivesInOrder() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);
    List<String> sessions = Stage.texts("session", 10);
    consumer.subscribe(sessions);
    List<Outgoing> messages = new ArrayList<>();
    for (int number = 0; number < 10; number++) {
      for (String session : sessions) {
        messages.add(Outgoing.text(topic, session + "-" + number).liteTopic(session));
      }
    }

    client.producer(target, topic).send(messages);

    List<ReceivedMessage> received = consumer.awaitMessages(100);
    for (String session : sessions) {
      assertThat(received)
          .filteredOn(message -> message.liteTopic().equals(session))
          .extracting(ReceivedMessage::body)
          .containsExactlyElementsOf(Stage.texts(session, 10));
    }
  }

  @Test
  void aLateSubscriberGetsALiteTopicFromItsFirstMessage() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(session("session", "token", 20));
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);

    consumer.subscribe("session");

    assertThat(consumer.awaitMessages(20))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("token", 20));
  }

  @Test
  void nothingArrivesFromALiteTopicThatIsNotFollowed() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);
    consumer.subscribe("mine");
    OfficialProducer producer = client.producer(target, topic);

    producer.send(session("theirs", "secret", 5));
    producer.send(session("mine", "token", 5));

    assertThat(consumer.awaitMessages(5))
        .extracting(ReceivedMessage::liteTopic)
        .containsOnly("mine");
  }

  @Test
  void anUnsubscribedLiteTopicFallsSilentAndContinuesLater() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);
    OfficialProducer producer = client.producer(target, topic);
    consumer.subscribe(List.of("session", "other"));
    producer.send(session("session", "before", 3));
    consumer.awaitMessages(3);
    awaitBacklog(0);

    consumer.unsubscribe("session");
    producer.send(session("session", "meanwhile", 3));
    producer.send(session("other", "marker", 1));
    consumer.awaitMessage(message -> message.body().equals("marker-0"));

    assertThat(consumer.messages()).hasSize(4);
    consumer.subscribe("session");
    assertThat(consumer.awaitMessages(7).subList(4, 7))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("meanwhile", 3));
  }

  @Test
  void minStartsAtTheFirstMessageAgain() {
    OfficialConsumer consumer = consumedTwentyOfThirty();

    consumer.subscribeFrom("session", "min", 0);

    assertThat(consumer.awaitMessages(30))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("token", 30));
  }

  @Test
  void lastContinuesWhereTheGroupWas() {
    OfficialConsumer consumer = consumedTwentyOfThirty();

    consumer.subscribeFrom("session", "last", 0);

    assertThat(consumer.awaitMessages(10))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("token", 30).subList(20, 30));
  }

  @Test
  void maxWaitsForWhatIsNew() {
    OfficialConsumer consumer = consumedTwentyOfThirty();

    consumer.subscribeFrom("session", "max", 0);
    OfficialClient.of(language).producer(target, topic).send(session("session", "new", 2));

    assertThat(consumer.awaitMessages(2))
        .extracting(ReceivedMessage::body)
        .containsExactly("new-0", "new-1");
  }

  @Test
  void anOffsetStartsThere() {
    OfficialConsumer consumer = consumedTwentyOfThirty();

    consumer.subscribeFrom("session", "at", 13);

    assertThat(consumer.awaitMessages(17))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("token", 30).subList(13, 30));
  }

  @Test
  void tailStartsSoManyBeforeTheEnd() {
    OfficialConsumer consumer = consumedTwentyOfThirty();

    consumer.subscribeFrom("session", "tail", 4);

    assertThat(consumer.awaitMessages(4))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("token", 30).subList(26, 30));
  }

  @Test
  void aTailLongerThanTheLiteTopicStartsAtItsFirstMessage() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, topic).send(session("session", "token", 3));
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);

    consumer.subscribeFrom("session", "tail", 100);

    assertThat(consumer.awaitMessages(3))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("token", 3));
  }

  @Test
  void aTimeStartsAtTheFirstMessageStoredSince() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);
    producer.send(session("session", "old", 3));
    long lastOld = System.currentTimeMillis();
    await().until(() -> System.currentTimeMillis() > lastOld + 5);
    long since = System.currentTimeMillis();
    producer.send(session("session", "new", 3));
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);

    consumer.subscribeFrom("session", "time", since);

    assertThat(consumer.awaitMessages(3))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("new", 3));
  }

  @Test
  void twoThousandLiteTopicsOnOneConsumer() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);
    List<String> sessions = Stage.texts("session", 2000);
    consumer.subscribe(sessions);
    List<Outgoing> messages =
        sessions.stream().map(name -> Outgoing.text(topic, "to " + name).liteTopic(name)).toList();

    client.producer(target, topic).send(messages);

    Set<String> reached =
        consumer.awaitMessages(2000, Duration.ofMinutes(2)).stream()
            .map(ReceivedMessage::liteTopic)
            .collect(Collectors.toSet());
    assertThat(reached).isEqualTo(new HashSet<>(sessions));
    assertThat(consumer.messages()).hasSize(2000);
  }

  @Test
  void inASharedGroupALiteTopicIsReadOnce() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer one = client.liteConsumer(target, group, topic);
    OfficialConsumer other = client.liteConsumer(target, group, topic);
    one.subscribe("session");
    other.subscribe("session");

    client.producer(target, topic).send(session("session", "token", 30));

    await()
        .atMost(OfficialClient.PATIENCE)
        .until(() -> one.messages().size() + other.messages().size() >= 30);
    List<String> all = new ArrayList<>(one.bodies());
    all.addAll(other.bodies());
    assertThat(all).containsExactlyInAnyOrderElementsOf(Stage.texts("token", 30));
  }

  @Test
  void inAnExclusiveGroupTheLatestSubscriberTakesOver() {
    OfficialClient client = OfficialClient.of(language);
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_LITE);
    Stage.admin().defineLiteGroup(group, topic, SubscriptionModel.SUBSCRIPTION_MODEL_EXCLUSIVE);
    OfficialProducer producer = client.producer(target, topic);
    OfficialConsumer before = client.liteConsumer(target, group, topic);
    before.subscribe("session");
    producer.send(session("session", "one", 3));
    before.awaitMessages(3);
    awaitBacklog(0);

    OfficialConsumer after = client.liteConsumer(target, group, topic);
    after.subscribe("session");
    producer.send(session("session", "two", 3));

    assertThat(after.awaitMessages(3))
        .extracting(ReceivedMessage::body)
        .containsExactlyElementsOf(Stage.texts("two", 3));
    assertThat(before.messages()).hasSize(3);
    if (language == Language.JAVA) { // the Node client is deaf to the notice
      await()
          .atMost(OfficialClient.PATIENCE)
          .untilAsserted(() -> assertThat(before.liteTopics()).isEmpty());
    }
  }

  @Test
  void aFailedMessageIsRetriedBeforeItsSuccessors() {
    OfficialClient client = OfficialClient.of(language);
    List<Outgoing> messages = session("session", "token", 4);
    messages.get(1).failing(1);
    client.producer(target, topic).send(messages);
    OfficialConsumer consumer = client.liteConsumer(target, group, topic);

    consumer.subscribe("session");

    assertThat(consumer.awaitMessages(5))
        .extracting(ReceivedMessage::body, ReceivedMessage::result)
        .containsExactly(
            tuple("token-0", "SUCCESS"),
            tuple("token-1", "FAILURE"),
            tuple("token-1", "SUCCESS"),
            tuple("token-2", "SUCCESS"),
            tuple("token-3", "SUCCESS"));
  }

  /** A lite topic of thirty, of which the group has consumed the first twenty. */
  private OfficialConsumer consumedTwentyOfThirty() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, topic);
    List<Outgoing> messages = session("session", "token", 30);
    producer.send(messages.subList(0, 20));
    OfficialConsumer earlier = client.liteConsumer(target, group, topic);
    earlier.subscribe("session");
    earlier.awaitMessages(20);
    awaitBacklog(0);
    earlier.unsubscribe("session");
    producer.send(messages.subList(20, 30));
    return client.liteConsumer(target, group, topic);
  }

  private List<Outgoing> session(String liteTopic, String prefix, int count) {
    return Stage.texts(prefix, count).stream()
        .map(text -> Outgoing.text(topic, text).liteTopic(liteTopic))
        .toList();
  }

  private void awaitBacklog(long backlog) {
    await()
        .atMost(OfficialClient.PATIENCE)
        .untilAsserted(() -> assertThat(Stage.admin().backlog(group)).isEqualTo(backlog));
  }
}
