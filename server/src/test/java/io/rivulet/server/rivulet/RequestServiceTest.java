package io.rivulet.server.rivulet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.rivulet.api.v1.CancelledAt;
import io.rivulet.api.v1.RefusalCode;
import io.rivulet.api.v1.ReprioritizeMessageResponse;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.Receipt;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletException;
import io.rivulet.client.Tail;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Requests that are cancelled, overtake and rest, through the client. */
class RequestServiceTest extends StartedServer {
  private static final Duration LONG = Duration.ofSeconds(10);

  private Receipt send(String topic, OutgoingMessage message) {
    try (BatchingProducer producer = client.producer(topic, ProducerSettings.immediate())) {
      return producer.send(message).join();
    }
  }

  private static List<String> texts(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::message).map(ReceivedMessage::text).toList();
  }

  private static RefusalCode codeOf(Runnable call) {
    return catchThrowableOfType(RivuletException.class, call::run).code();
  }

  @Test
  void aCancelledMessageIsDeliveredToNobody() {
    Receipt first = send("jobs", OutgoingMessage.of("first").id("id-1"));
    send("jobs", OutgoingMessage.of("second"));

    var answer = client.cancel(first.handle());

    assertThat(answer.getFound()).isEqualTo(CancelledAt.CANCELLED_AT_WAITING);
    assertThat(answer.getMessageId()).isEqualTo("id-1");
    assertThat(client.cancel(first.handle()).getFound())
        .isEqualTo(CancelledAt.CANCELLED_AT_CANCELLED);
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"))) {
      assertThat(texts(consumer.receive(32, LONG))).containsExactly("second");
    }
  }

  @Test
  void aWorkerLearnsOfTheCancellationThroughTheReplyLiteTopic() throws Exception {
    client.session("replies", "42").append("token").join();
    Receipt request =
        send(
            "jobs",
            OutgoingMessage.of("question")
                .id("id-1")
                .property("rivulet-reply-topic", "replies")
                .property("rivulet-reply-lite-topic", "42"));
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"));
        Tail tail = client.tail("replies", "42", ReadFrom.last())) {
      assertThat(tail.next(Duration.ofMillis(200))).isEmpty();
      List<Delivery> taken = consumer.receive(32, LONG);

      assertThat(client.cancel(request.handle()).getFound())
          .isEqualTo(CancelledAt.CANCELLED_AT_RUNNING);

      ReceivedMessage note = tail.next(LONG).orElseThrow();
      assertThat(note.tag()).contains("rivulet-cancelled");
      assertThat(note.properties()).containsEntry("rivulet-cancelled-message-id", "id-1");
      assertThat(codeOf(() -> consumer.changeInvisible(taken.getFirst(), LONG)))
          .isEqualTo(RefusalCode.REFUSAL_CODE_INVALID_RECEIPT_HANDLE);
      assertThat(consumer.acknowledge(taken)).isEmpty();
    }
    assertThat(client.cancel(request.handle()).getFound())
        .isEqualTo(CancelledAt.CANCELLED_AT_CANCELLED);
  }

  @Test
  void aWaitingMessageOvertakes() {
    Receipt slow = send("prio", OutgoingMessage.of("slow").priority(1));
    send("prio", OutgoingMessage.of("fast").priority(5));

    ReprioritizeMessageResponse answer = client.reprioritize(slow.handle(), 9);

    assertThat(answer.getWholeQueue()).isFalse();
    assertThat(answer.getHandle()).isNotEqualTo(slow.handle());
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "prio"))) {
      assertThat(texts(consumer.receive(32, LONG))).containsExactly("slow", "fast");
      assertThat(codeOf(() -> client.reprioritize(answer.getHandle(), 3)))
          .isEqualTo(RefusalCode.REFUSAL_CODE_MESSAGE_NOT_WAITING);
    }
  }

  @Test
  void whatCannotBeDoneIsRefusedWithTheCodeForIt() {
    Receipt normal = send("jobs", OutgoingMessage.of("x"));

    assertThat(codeOf(() -> client.reprioritize(normal.handle(), 3)))
        .isEqualTo(RefusalCode.REFUSAL_CODE_TYPE_MISMATCH);
    assertThat(codeOf(() -> client.reprioritize(normal.handle(), -3)))
        .isEqualTo(RefusalCode.REFUSAL_CODE_ILLEGAL_ARGUMENT);
    assertThat(codeOf(() -> client.cancel("nonsense")))
        .isEqualTo(RefusalCode.REFUSAL_CODE_ILLEGAL_ARGUMENT);
    assertThat(codeOf(() -> client.admin().suspend("jobs", "x", "none", LONG)))
        .isEqualTo(RefusalCode.REFUSAL_CODE_GROUP_NOT_FOUND);
  }

  @Test
  void aLiteTopicRestsForAGroup() {
    send("chat", OutgoingMessage.of("hello").liteTopic("42"));
    ConsumerSettings settings = ConsumerSettings.of("web", "chat").withLiteTopics(Set.of("42"));
    try (GroupConsumer consumer = client.consumer(settings)) {
      Instant until = client.admin().suspend("chat", "42", "web", Duration.ofHours(1));
      assertThat(until).isAfter(Instant.now().plusSeconds(1800));
      assertThat(consumer.receive(32, Duration.ofMillis(300))).isEmpty();

      client.admin().suspend("chat", "42", "web", Duration.ZERO);

      assertThat(texts(consumer.receive(32, LONG))).containsExactly("hello");
    }
  }

  @Test
  void aMessagePastItsDeadlineIsADeadLetter() {
    send(
        "jobs",
        OutgoingMessage.of("late")
            .property("rivulet-deadline", Long.toString(Instant.now().toEpochMilli() - 1)));
    try (GroupConsumer consumer = client.consumer(ConsumerSettings.of("workers", "jobs"))) {
      assertThat(consumer.receive(32, Duration.ofMillis(500))).isEmpty();
    }

    ReceivedMessage letter = client.admin().deadLetters("workers", 10, "").messages().getFirst();

    assertThat(letter.text()).isEqualTo("late");
    assertThat(letter.deadLetter().orElseThrow().reason()).startsWith("its deadline passed at ");
  }
}
