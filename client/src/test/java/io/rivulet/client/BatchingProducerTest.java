package io.rivulet.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rivulet.api.v1.RefusalCode;
import io.rivulet.client.FakeServer.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BatchingProducerTest {
  private final FakeServer server = new FakeServer();
  private final RivuletClient client = server.client();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void messagesThatLingerTravelInOneRequest() {
    try (BatchingProducer producer =
        client.producer("chat", ProducerSettings.usual().withLinger(Duration.ofSeconds(10)))) {
      List<CompletableFuture<Receipt>> receipts =
          IntStream.range(0, 100).mapToObj(number -> send(producer, "a", number)).toList();
      producer.flush();

      assertThat(server.requests()).hasSize(1);
      assertThat(receipts.get(99).join().offset()).isEqualTo(99);
    }
  }

  @Test
  void aFullRequestDoesNotLinger() {
    ProducerSettings settings =
        ProducerSettings.usual().withLinger(Duration.ofSeconds(10)).withMaxBatchMessages(10);
    try (BatchingProducer producer = client.producer("chat", settings)) {
      for (int number = 0; number < 9; number++) {
        var _ = send(producer, "a" + number, number);
      }
      CompletableFuture<Receipt> tenth = send(producer, "a9", 9);

      assertThat(tenth.join().offset()).isZero();
    }
  }

  @Test
  void aMessageAloneLeavesAfterTheLingerTime() {
    try (BatchingProducer producer =
        client.producer("chat", ProducerSettings.usual().withLinger(Duration.ofMillis(20)))) {
      assertThat(send(producer, "a", 0).join().offset()).isZero();
    }
  }

  @Test
  void aRetriedRequestIsStoredOnceAndOvertakenByNone() {
    server.next(Fault.UNAVAILABLE, Fault.ANSWER_LOST, Fault.UNAVAILABLE);
    ProducerSettings settings = ProducerSettings.immediate().withMaxBatchMessages(7);
    List<String> sent = new ArrayList<>();
    try (BatchingProducer producer = client.producer("chat", settings)) {
      for (int number = 0; number < 200; number++) {
        sent.add(Integer.toString(number));
        var _ = send(producer, "a", number);
      }
      producer.flush();
    }

    assertThat(server.bodies("a")).isEqualTo(sent);
  }

  @Test
  void aReceiptTellsThatAnEarlierSendHadStoredTheMessage() {
    server.next(Fault.ANSWER_LOST);
    try (BatchingProducer producer = client.producer("chat", ProducerSettings.immediate())) {
      assertThat(send(producer, "a", 1).join().isDuplicate()).isTrue();
    }
  }

  @Test
  void sendWaitsWhileTooManyBytesArePending() throws InterruptedException {
    server.next(Fault.HELD);
    ProducerSettings settings =
        ProducerSettings.immediate().withMaxBatchBytes(1 << 10).withMaxPendingBytes(2 << 10);
    try (BatchingProducer producer = client.producer("chat", settings)) {
      var _ = producer.send(OutgoingMessage.of("x".repeat(1500)).liteTopic("a"));
      await().until(() -> server.heldCount() == 1);
      CompletableFuture<Receipt> second = new CompletableFuture<>();
      Thread sender =
          Thread.startVirtualThread(() ->
              second.complete(
                  producer.send(OutgoingMessage.of("y".repeat(1500)).liteTopic("b")).join()));

      await()
          .until(() ->
              sender.getState() == Thread.State.WAITING
                  || sender.getState() == Thread.State.TIMED_WAITING);
      assertThat(server.requests()).hasSize(1);
      server.letGo();
      assertThat(second.join().offset()).isZero();
      sender.join();
    }
  }

  @Test
  void aRefusedMessageFailsAloneWithTheServersWords() {
    try (BatchingProducer producer =
        client.producer("chat", ProducerSettings.usual().withLinger(Duration.ofSeconds(1)))) {
      CompletableFuture<Receipt> refused = producer.send(OutgoingMessage.of("").liteTopic("a"));
      CompletableFuture<Receipt> stored = send(producer, "a", 1);
      producer.flush();

      assertThat(stored.join().offset()).isZero();
      assertThatThrownBy(refused::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .hasMessage("a body is not empty")
          .extracting(cause -> ((RivuletException) cause).code())
          .isEqualTo(RefusalCode.REFUSAL_CODE_ILLEGAL_ARGUMENT);
    }
  }

  @Test
  void whatCantBeDeliveredInTimeFails() throws InterruptedException {
    server.kill();
    ProducerSettings settings =
        ProducerSettings.immediate().withDeliveryTime(Duration.ofSeconds(1));
    try (BatchingProducer producer = client.producer("chat", settings)) {
      assertThatThrownBy(send(producer, "a", 1)::join)
          .cause()
          .extracting(cause -> ((RivuletException) cause).code())
          .isEqualTo(RefusalCode.REFUSAL_CODE_UNAVAILABLE);
    }
  }

  @Test
  void aSessionsAppendsOutliveTheServer() throws InterruptedException {
    Session session = client.session("chat", "42");
    session.append("before").join();
    server.kill();
    List<CompletableFuture<Receipt>> receipts =
        IntStream.range(0, 50).mapToObj(number -> session.append("after " + number)).toList();
    server.restart();

    receipts.forEach(CompletableFuture::join);
    assertThat(server.bodies("42")).hasSize(51).startsWith("before", "after 0", "after 1");
  }

  private static CompletableFuture<Receipt> send(
      BatchingProducer producer, String liteTopic, int number) {
    return producer.send(OutgoingMessage.of(Integer.toString(number)).liteTopic(liteTopic));
  }
}
