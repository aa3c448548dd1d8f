package io.rivulet.server.rivulet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.AppendRequest;
import io.rivulet.api.v1.AppendStreamRequest;
import io.rivulet.api.v1.AppendStreamResponse;
import io.rivulet.api.v1.Message;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.RefusalCode;
import io.rivulet.client.BatchingProducer;
import io.rivulet.client.ClientConfig;
import io.rivulet.client.ConsumerSettings;
import io.rivulet.client.Delivery;
import io.rivulet.client.GroupConsumer;
import io.rivulet.client.OutgoingMessage;
import io.rivulet.client.ProducerSettings;
import io.rivulet.client.ReadFrom;
import io.rivulet.client.Receipt;
import io.rivulet.client.ReceivedMessage;
import io.rivulet.client.RivuletClient;
import io.rivulet.client.RivuletException;
import io.rivulet.client.Security;
import io.rivulet.client.Session;
import io.rivulet.client.Tail;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** rivulet.v1 through the client, against a started server. */
class RivuletServiceTest extends StartedServer {
  @Test
  void aTailAndAWriterOutliveARestartOfTheServer() throws Exception {
    Session session = client.session("chat", "42");
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    List<String> read = new ArrayList<>();
    try (Tail tail = session.tail(ReadFrom.first())) {
      append(session, receipts, 0, 100);
      while (read.size() < 50) {
        read.add(tail.next().text());
      }
      restart();
      append(session, receipts, 100, 200);
      while (read.size() < 200) {
        read.add(tail.next(Duration.ofSeconds(30)).orElseThrow().text());
      }
    }

    assertThat(read).isEqualTo(numbers(0, 200));
    assertThat(receipts.stream().map(CompletableFuture::join).map(Receipt::offset))
        .containsExactlyElementsOf(IntStream.range(0, 200).mapToObj(Long::valueOf).toList());
  }

  @Test
  void aTailWaitsForALiteTopicThatIsNotThereYet() throws Exception {
    client.session("chat", "other").append("x").join();
    Session session = client.session("chat", "unborn");
    try (Tail tail = session.tail(ReadFrom.last())) {
      assertThat(tail.next(Duration.ofMillis(200))).isEmpty();
      session.append("first cry").join();

      assertThat(tail.next(Duration.ofSeconds(10)).orElseThrow().text()).isEqualTo("first cry");
    }
  }

  @Test
  void readingBeginsWhereItIsToldTo() throws Exception {
    Session session = client.session("chat", "42");
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    append(session, receipts, 0, 10);
    receipts.forEach(CompletableFuture::join);
    ReceivedMessage fifth = client.read("chat", "42", ReadFrom.offset(5), 1).messages().getFirst();

    assertThat(texts(ReadFrom.first())).isEqualTo(numbers(0, 10));
    assertThat(texts(ReadFrom.last())).isEmpty();
    assertThat(texts(ReadFrom.lastMessages(3))).isEqualTo(numbers(7, 10));
    assertThat(texts(ReadFrom.lastMessages(99))).isEqualTo(numbers(0, 10));
    assertThat(texts(ReadFrom.offset(4))).isEqualTo(numbers(4, 10));
    assertThat(texts(ReadFrom.token(fifth.token()))).isEqualTo(numbers(6, 10));
    assertThat(texts(ReadFrom.time(fifth.storedAt().plusSeconds(60)))).isEmpty();
    assertThat(texts(ReadFrom.time(fifth.storedAt()))).contains("5");
  }

  @Test
  void aTailOfAReclaimedLiteTopicIsToldAndItsTokenStaysGone() throws Exception {
    Session session = client.session("chat", "42");
    session.append("one").join();
    String token;
    try (Tail tail = session.tail(ReadFrom.first())) {
      token = tail.next().token();
      var _ = client.admin().reclaim("chat", "42");
      assertThat(codeOf(() -> tail.next(Duration.ofSeconds(30))))
          .isEqualTo(RefusalCode.REFUSAL_CODE_GONE);
    }
    session.append("new life").join();

    try (Tail tail = session.tail(ReadFrom.token(token))) {
      assertThat(codeOf(tail::next)).isEqualTo(RefusalCode.REFUSAL_CODE_GONE);
    }
  }

  @Test
  void batchesForManyLiteTopicsKeepTheOrderOfEach() {
    try (BatchingProducer producer = client.producer("chat", ProducerSettings.usual())) {
      for (int number = 0; number < 3000; number++) {
        var _ =
            producer.send(
                OutgoingMessage.of(Integer.toString(number / 100)).liteTopic("s" + number % 100));
      }
      producer.flush();
    }

    for (int session = 0; session < 100; session++) {
      assertThat(
              client.read("chat", "s" + session, ReadFrom.first(), 256).messages().stream()
                  .map(ReceivedMessage::text))
          .containsExactlyElementsOf(numbers(0, 30));
    }
  }

  @Test
  void batchesOnAStreamAreAnsweredInOrderAndARefusedOneDoesNotEndIt() throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", server.grpcPort()).usePlaintext().build();
    BlockingQueue<AppendStreamResponse> answers = new LinkedBlockingQueue<>();
    CompletableFuture<Boolean> isComplete = new CompletableFuture<>();
    StreamObserver<AppendStreamRequest> stream =
        MessageServiceGrpc.newStub(channel)
            .appendStream(
                new StreamObserver<>() {
                  @Override
                  public void onNext(AppendStreamResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    isComplete.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {
                    isComplete.complete(true);
                  }
                });

    for (int sequence = 0; sequence < 200; sequence++) {
      stream.onNext(batch(sequence, sequence == 7 ? 0 : 5));
    }
    stream.onCompleted();

    assertThat(isComplete.get(30, TimeUnit.SECONDS)).isTrue();
    List<AppendStreamResponse> all = List.copyOf(answers);
    assertThat(all.stream().map(AppendStreamResponse::getSequence))
        .containsExactlyElementsOf(IntStream.range(0, 200).mapToObj(Long::valueOf).toList());
    assertThat(all.get(7).getRefusal().getCode())
        .isEqualTo(RefusalCode.REFUSAL_CODE_ILLEGAL_ARGUMENT);
    assertThat(all.get(199).getResponse().getResults(4).getReceipt().getOffset())
        .isEqualTo(5 * 199 - 1);
    channel.shutdownNow();
  }

  @Test
  void aLargeBodyGoesThereAndBack() {
    byte[] body = new byte[20 << 20];
    body[body.length - 1] = 7;
    var _ =
        client
            .session("chat", "large")
            .append(OutgoingMessage.of(body))
            .orTimeout(60, TimeUnit.SECONDS)
            .join();

    assertThat(client.read("chat", "large", ReadFrom.first(), 1).messages().getFirst().body())
        .isEqualTo(body);
  }

  @Test
  void aGroupSharesALiteTopicAndContinuesWhereItWas() {
    client.session("chat", "42").append("one").join();
    ConsumerSettings settings = ConsumerSettings.of("web", "chat").withLiteTopics(Set.of("42"));
    try (GroupConsumer consumer = client.consumer(settings)) {
      List<Delivery> deliveries = consumer.receive(10, Duration.ofSeconds(10));
      assertThat(deliveries).hasSize(1);
      assertThat(consumer.acknowledge(deliveries)).isEmpty();
    }
    client.session("chat", "42").append("two").join();

    try (GroupConsumer consumer = client.consumer(settings)) {
      List<Delivery> deliveries = consumer.receive(10, Duration.ofSeconds(10));
      assertThat(deliveries)
          .extracting(delivery -> delivery.message().text())
          .containsExactly("two");
      Delivery later = consumer.changeInvisible(deliveries.getFirst(), Duration.ofSeconds(30));
      consumer.moveToDeadLetters(later, "nobody wants it");
    }
    assertThat(client.admin().deadLetters("web", 10, "").messages())
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.text()).isEqualTo("two");
          assertThat(letter.deadLetter().orElseThrow().reason()).isEqualTo("nobody wants it");
        });
  }

  @Test
  void theSamePortSpeaksTls() {
    ClientConfig config = ClientConfig.of("127.0.0.1:" + server.grpcPort());
    try (RivuletClient tls =
        RivuletClient.connect(config.withSecurity(new Security.TlsUnverified()))) {
      assertThat(tls.admin().serverInfo().getDurability()).isEqualTo("fsync");
    }
    try (RivuletClient strict = RivuletClient.connect(config.withSecurity(new Security.Tls()))) {
      assertThatThrownBy(() -> strict.admin().serverInfo()).isInstanceOf(RivuletException.class);
    }
  }

  private void restart() throws Exception {
    int port = server.grpcPort();
    server.close();
    server =
        RivuletServer.start(
            ServerConfig.embedded(folder, Map.of("grpc.address", "127.0.0.1:" + port)));
  }

  private List<String> texts(ReadFrom from) {
    return client.read("chat", "42", from, 256).messages().stream()
        .map(ReceivedMessage::text)
        .toList();
  }

  private static RefusalCode codeOf(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    return catchThrowableOfType(RivuletException.class, call).code();
  }

  private static AppendStreamRequest batch(int sequence, int count) {
    AppendRequest.Builder append = AppendRequest.newBuilder().setTopic("chat");
    for (int number = 0; number < count; number++) {
      append.addMessages(
          Message.newBuilder()
              .setMessageId(sequence + "-" + number)
              .setLiteTopic("stream")
              .setBody(ByteString.copyFromUtf8("x")));
    }
    return AppendStreamRequest.newBuilder().setSequence(sequence).setAppend(append).build();
  }

  private static void append(
      Session session, List<CompletableFuture<Receipt>> receipts, int from, int to) {
    numbers(from, to).forEach(text -> receipts.add(session.append(text)));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }
}
