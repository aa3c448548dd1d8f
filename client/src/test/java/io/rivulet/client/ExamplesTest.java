package io.rivulet.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.api.v1.CancelledAt;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.RefusalCode;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The examples of docs/java-client.md: they compile, and those that the fake can serve run. */
class ExamplesTest {
  private final FakeServer server = new FakeServer();
  private final List<String> shown = new ArrayList<>();

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void aSessionIsWrittenToAndRead() throws InterruptedException {
    try (RivuletClient client = server.client()) {
      Session session = client.session("chat", "42");
      var _ = session.append("Hello").join();
      try (Tail tail = session.tail(ReadFrom.first())) {
        ReceivedMessage message = tail.next();
        shown.add(message.offset() + " " + message.text());
      }
    }

    assertThat(shown).containsExactly("0 Hello");
  }

  @Test
  void aTokenContinuesOrIsGone() throws InterruptedException {
    try (RivuletClient client = server.client()) {
      Session session = client.session("chat", "42");
      var _ = session.append("Hello").join();
      String token;
      try (Tail tail = session.tail(ReadFrom.first())) {
        token = tail.next().token();
      }
      server.reclaim();

      try (Tail tail = session.tail(ReadFrom.token(token))) {
        shown.add(tail.next().text());
      } catch (RivuletException e) {
        if (e.code() == RefusalCode.REFUSAL_CODE_GONE) {
          shown.add("gone");
        }
      }
    }

    assertThat(shown).containsExactly("gone");
  }

  @Test
  void manyMessagesTravelTogether() {
    List<String> words = List.of("one", "two", "three");
    try (RivuletClient client = server.client()) {
      ProducerSettings settings = ProducerSettings.usual().withLinger(Duration.ofMillis(10));
      try (BatchingProducer producer = client.producer("chat", settings)) {
        for (String word : words) {
          CompletableFuture<Receipt> receipt =
              producer.send(OutgoingMessage.of(word).liteTopic("42").tag("word"));
          var _ = receipt.whenComplete((stored, failure) -> shown.add(word));
        }
        producer.flush();
      }
    }

    assertThat(shown).isEqualTo(words);
    assertThat(server.requests()).hasSize(1);
  }

  /** Compiled only: the fake has no groups. */
  static void receiveForAGroup(RivuletClient client) {
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"))) {
      List<Delivery> deliveries = consumer.receive(32, Duration.ofSeconds(20));
      deliveries.forEach(delivery -> System.out.println(delivery.message()));
      var _ = consumer.acknowledge(deliveries);
    }
  }

  /** Compiled only: the fake has no topics. */
  static void makeATopic(RivuletClient client) {
    TopicDefinition topic =
        TopicDefinition.newBuilder().setName("chat").setType(TopicType.TOPIC_TYPE_LITE).build();
    var _ = client.admin().defineTopic(topic, DefineMode.DEFINE_MODE_CREATE);
  }

  /** Compiled only: the fake has no groups that could be waited for. */
  static CancelledAt takeBack(RivuletClient client, BatchingProducer producer, String question) {
    Receipt receipt = producer.send(OutgoingMessage.of(question).priority(1)).join();
    String handle = client.reprioritize(receipt.handle(), 9).getHandle();
    CancelledAt found = client.cancel(handle).getFound();
    var _ = client.admin().suspend("chat", "42", "web", Duration.ofSeconds(30));
    return found;
  }

  /** Compiled only: the fake has no TLS. */
  static RivuletClient connectWithTls(Path certificate) {
    ClientConfig config =
        ClientConfig.of("127.0.0.1:8081").withSecurity(new Security.TlsTrusting(certificate));
    return RivuletClient.connect(config);
  }
}
