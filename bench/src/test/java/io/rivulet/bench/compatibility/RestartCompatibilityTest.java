package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.rivulet.bench.Admin;
import io.rivulet.bench.ServerProcess;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The server is killed and started again while clients run; they carry on by themselves. */
@ParameterizedClass
@EnumSource(Language.class)
final class RestartCompatibilityTest {
  private static final Duration LONG = Duration.ofMinutes(3);

  private final Language language;

  private final ServerProcess server = ServerProcess.start();
  private final Target target = new Target(server.endpoint(), false);

  RestartCompatibilityTest(Language language) {
    this.language = language;
  }

  @AfterEach
  void end() {
    server.close();
  }

  @Test
  void runningClientsCarryOnAfterAKill() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.pushConsumer(target, "workers", "jobs");
    OfficialProducer producer = client.producer(target, "jobs");
    producer.send(Stage.outgoing("jobs", "before", 10));
    consumer.awaitMessages(10);

    server.kill();
    server.startAgain();
    sendPatiently(producer, Outgoing.text("jobs", "after"));

    consumer.awaitMessage(message -> message.body().equals("after"));
    assertThat(consumer.bodies().subList(0, 10))
        .containsExactlyInAnyOrderElementsOf(Stage.texts("before", 10));
  }

  @Test
  void whatWasAcknowledgedBeforeAKillDoesNotComeBack() {
    OfficialClient client = OfficialClient.of(language);
    client.producer(target, "jobs").send(Stage.outgoing("jobs", "job", 10));
    OfficialConsumer consumer = client.simpleConsumer(target, "workers", "jobs");
    List<ReceivedMessage> received = consumer.receiveAtLeast(10, LONG);
    consumer.acknowledge(received.subList(0, 4));

    server.kill();
    server.startAgain();

    try (Admin admin = new Admin(server.endpoint())) {
      assertThat(admin.backlog("workers")).isEqualTo(6);
    }
    await()
        .atMost(OfficialClient.PATIENCE)
        .ignoreExceptionsInstanceOf(OfficialClientException.class)
        .until(() -> {
          consumer.acknowledge(received.subList(4, 10)); // handles from before still hold
          return true;
        });
    try (Admin admin = new Admin(server.endpoint())) {
      assertThat(admin.backlog("workers")).isZero();
    }
  }

  @Test
  void aFollowedLiteTopicContinuesAfterAKill() {
    OfficialClient client = OfficialClient.of(language);
    OfficialConsumer consumer = client.liteConsumer(target, "readers", "chat");
    OfficialProducer producer = client.producer(target, "chat");
    consumer.subscribe("session");
    producer.send(Outgoing.text("chat", "before").liteTopic("session"));
    consumer.awaitMessages(1);

    server.kill();
    server.startAgain();
    sendPatiently(producer, Outgoing.text("chat", "after").liteTopic("session"));

    assertThat(consumer.awaitMessage(message -> message.body().equals("after")).liteTopic())
        .isEqualTo("session");
    assertThat(consumer.bodies()).endsWith("after").startsWith("before");
  }

  @Test
  void anOldBacklogIsDeliveredAfterAKillWithoutAnyNewEvent() {
    OfficialClient client = OfficialClient.of(language);
    OfficialProducer producer = client.producer(target, "chat");
    List<Outgoing> messages =
        Stage.texts("token", 20).stream()
            .map(text -> Outgoing.text("chat", text).liteTopic("session"))
            .toList();
    producer.send(messages);

    server.kill();
    server.startAgain();
    // A process of its own: the Node client's connections back off together once one has failed.
    try (OfficialClient late = OfficialClient.start(language)) {
      OfficialConsumer consumer = late.liteConsumer(target, "readers", "chat");
      consumer.subscribe("session");

      assertThat(consumer.awaitMessages(20))
          .extracting(ReceivedMessage::body)
          .containsExactlyElementsOf(Stage.texts("token", 20));
    }
  }

  /** A send may fail while the client has not noticed yet that the server is back. */
  private static void sendPatiently(OfficialProducer producer, Outgoing message) {
    await()
        .atMost(OfficialClient.PATIENCE)
        .ignoreExceptionsInstanceOf(OfficialClientException.class)
        .until(() -> producer.send(message).size() == 1);
  }
}
