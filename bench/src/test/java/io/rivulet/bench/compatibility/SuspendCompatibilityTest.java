package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A listener may suspend a lite topic; of the clients had here only Node's can. */
final class SuspendCompatibilityTest {
  @Test
  void aSuspendedLiteTopicContinuesInOrderAndCountsNoAttempt() {
    OfficialClient client = OfficialClient.of(Language.NODE);
    Target target = Stage.target();
    String topic = Stage.name("lite");
    OfficialConsumer consumer = client.liteConsumer(target, Stage.name("group"), topic);
    consumer.subscribe("session");

    client
        .producer(target, topic)
        .send(
            Outgoing.text(topic, "first")
                .liteTopic("session")
                .property("test-suspend-millis", "2000"),
            Outgoing.text(topic, "second").liteTopic("session"));

    consumer.awaitMessage(message -> message.body().equals("second"));
    List<ReceivedMessage> all = consumer.messages();
    assertThat(all).extracting(ReceivedMessage::body).containsExactly("first", "first", "second");
    assertThat(all.get(1).attempt()).isOne();
    assertThat(all.get(1).atMillis() - all.get(0).atMillis()).isGreaterThan(1_900);
  }
}
