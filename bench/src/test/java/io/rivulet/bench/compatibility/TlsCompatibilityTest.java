package io.rivulet.bench.compatibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One port takes TLS and plaintext; the certificate is the one that the server made itself. */
final class TlsCompatibilityTest {
  private final Target target = Stage.target();

  @Test
  void theJavaClientTalksTlsAsItDoesByDefault() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    String topic = Stage.name("tls");
    OfficialConsumer consumer = client.pushConsumer(target.overTls(), Stage.name("group"), topic);

    client.producer(target.overTls(), topic).send(Stage.outgoing(topic, "secret", 20));

    assertThat(consumer.awaitMessages(20))
        .extracting(ReceivedMessage::body)
        .containsExactlyInAnyOrderElementsOf(Stage.texts("secret", 20));
  }

  @Test
  void theJavaClientReceivesOverTlsOnDemand() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    String topic = Stage.name("tls");
    client.producer(target.overTls(), topic).send(Outgoing.text(topic, "secret"));
    OfficialConsumer consumer = client.simpleConsumer(target.overTls(), Stage.name("group"), topic);

    assertThat(consumer.receiveAtLeast(1, Duration.ofSeconds(30)))
        .extracting(ReceivedMessage::body)
        .containsExactly("secret");
  }

  @Test
  void theJavaClientFollowsLiteTopicsOverTls() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    String topic = Stage.name("lite");
    OfficialConsumer consumer = client.liteConsumer(target.overTls(), Stage.name("group"), topic);
    consumer.subscribe("session");

    client
        .producer(target.overTls(), topic)
        .send(Outgoing.text(topic, "secret").liteTopic("session"));

    assertThat(consumer.awaitMessages(1)).extracting(ReceivedMessage::body).contains("secret");
  }

  @Test
  void theNodeClientTalksTlsWhenToldToTrustTheCertificate() throws IOException {
    Map<String, String> trust =
        Map.of("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", certificate().toString());
    try (OfficialClient client = OfficialClient.start(Language.NODE, trust)) {
      String topic = Stage.name("tls");
      OfficialConsumer consumer = client.pushConsumer(target.overTls(), Stage.name("group"), topic);

      client.producer(target.overTls(), topic).send(Stage.outgoing(topic, "secret", 5));

      assertThat(consumer.awaitMessages(5))
          .extracting(ReceivedMessage::body)
          .containsExactlyInAnyOrderElementsOf(Stage.texts("secret", 5));
    }
  }

  @Test
  void aTlsAndAPlaintextClientShareATopic() {
    OfficialClient client = OfficialClient.of(Language.JAVA);
    String topic = Stage.name("tls");
    OfficialConsumer consumer = client.pushConsumer(target, Stage.name("group"), topic);

    client.producer(target.overTls(), topic).send(Stage.outgoing(topic, "either", 10));

    assertThat(consumer.awaitMessages(10)).hasSize(10);
  }

  private static Path certificate() throws IOException {
    try (Stream<Path> files = Files.walk(Stage.server().data())) {
      return files
          .filter(file -> file.toString().endsWith(".pem") || file.toString().endsWith(".crt"))
          .filter(file -> !file.toString().contains("key"))
          .findFirst()
          .orElseThrow();
    }
  }
}
