package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.api.v1.Fairness;
import io.rivulet.api.v1.Limits;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a group's settings do for the official Java client, which knows nothing of them. */
final class SchedulingCompatibilityTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final String topic = Stage.name("scheduled");
  private final String group = Stage.name("group");
  private final Target target = Stage.target();
  private final OfficialClient client = OfficialClient.of(Language.JAVA);

  private static Outgoing of(String tenant, String topic, int number) {
    return Outgoing.text(topic, tenant + " " + number).property("tenant", tenant);
  }

  private void define(Scheduling.Builder scheduling) {
    Stage.admin().defineGroup(group, scheduling.build());
  }

  private static Scheduling.Builder byTenant() {
    return Scheduling.newBuilder()
        .setFairness(Fairness.newBuilder().setProperty("tenant").putWeights("gold", 3));
  }

  @Test
  void aFloodWaitsBehindItselfAndWeightsCount() {
    // Else its first message would not know yet which property tells whose it is.
    Stage.admin().defineTopic(topic, TopicType.TOPIC_TYPE_NORMAL);
    define(byTenant());
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    List<Outgoing> messages = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      messages.add(of("flood", topic, i));
    }
    for (int i = 0; i < 6; i++) {
      messages.add(of("gold", topic, i));
    }
    client.producer(target, topic).send(messages);

    List<ReceivedMessage> first = consumer.receiveAtLeast(8, LONG).subList(0, 8);

    assertThat(first).filteredOn(each -> each.body().startsWith("gold")).hasSize(6);
    assertThat(first)
        .filteredOn(each -> each.body().startsWith("flood"))
        .extracting(ReceivedMessage::body)
        .containsExactly("flood 0", "flood 1");
  }

  @Test
  void whatIsHeldIsBoundedAndGoesOnWithAcknowledgements() {
    define(Scheduling.newBuilder().setLimits(Limits.newBuilder().setConcurrency(3)));
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    client.producer(target, topic).send(Stage.outgoing(topic, "job", 8));

    List<ReceivedMessage> first = consumer.receiveAtLeast(3, LONG);

    assertThat(first).hasSize(3);
    assertThat(consumer.receive(8, LONG)).isEmpty();
    consumer.acknowledge(first);
    assertThat(consumer.receiveAtLeast(3, LONG)).hasSize(3);
  }

  @Test
  void whoseDeadlineHasPassedIsADeadLetter() {
    define(Scheduling.newBuilder());
    OfficialConsumer consumer = client.simpleConsumer(target, group, topic);
    String past = Long.toString(Instant.now().minusSeconds(1).toEpochMilli());
    client
        .producer(target, topic)
        .send(
            Outgoing.text(topic, "nobody waits").property("rivulet-deadline", past),
            Outgoing.text(topic, "somebody waits"));

    assertThat(consumer.receiveAtLeast(1, LONG))
        .extracting(ReceivedMessage::body)
        .containsExactly("somebody waits");
  }
}
