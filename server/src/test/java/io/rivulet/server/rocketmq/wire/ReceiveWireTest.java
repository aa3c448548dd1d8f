package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.handle;
import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static io.rivulet.server.rocketmq.wire.WireClient.pushRequest;
import static io.rivulet.server.rocketmq.wire.WireClient.receiveRequest;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static io.rivulet.server.rocketmq.wire.WireClient.seconds;
import static io.rivulet.server.rocketmq.wire.WireClient.tags;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Digest;
import apache.rocketmq.v2.DigestType;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.ReceiveMessageResponse.ContentCase;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Status;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.wire.WireClient.Received;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ReceiveWireTest {
  private static final WireServer SERVER = new WireServer();
  private final WireClient client = SERVER.client(UUID.randomUUID().toString());

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private Message receivedOnce(String topic) {
    client.send(message(topic, "1"));
    return client.receive("group", topic).only();
  }

  private static void define(String topic) {
    SERVER.engine().defineTopic(TopicDefinition.of(topic, TopicType.NORMAL)).join().value();
  }

  /** Trap 1. */
  @Test
  void theStreamIsAStatusThenMessagesThenATimeAndEnds() {
    client.send(message("stream", "1"), message("stream", "2"));

    Received received = client.receive("group", "stream");

    assertThat(received.parts())
        .extracting(ReceiveMessageResponse::getContentCase)
        .containsExactly(
            ContentCase.STATUS,
            ContentCase.MESSAGE,
            ContentCase.MESSAGE,
            ContentCase.DELIVERY_TIMESTAMP);
    assertThat(received.status().getCode()).isEqualTo(Code.OK);
  }

  /** Trap 1. */
  @Test
  void nothingToReceiveIsMessageNotFound() {
    Received received =
        client.receive(receiveRequest("group", "empty").setLongPollingTimeout(seconds(0)).build());

    assertThat(received.status().getCode()).isEqualTo(Code.MESSAGE_NOT_FOUND);
    assertThat(received.messages()).isEmpty();
  }

  @Test
  void whatWasSentComesBack() {
    Message sent =
        message("same", "id-7", system -> system.setTag("t").addKeys("k").setTraceContext("c"))
            .toBuilder()
            .putUserProperties("a", "b")
            .build();
    client.send(sent);

    Message received = client.receive("group", "same").only();

    assertThat(received.getBody()).isEqualTo(sent.getBody());
    assertThat(received.getTopic()).isEqualTo(resource("same"));
    assertThat(received.getUserPropertiesMap()).isEqualTo(sent.getUserPropertiesMap());
    assertThat(received.getSystemProperties().getMessageId()).isEqualTo("id-7");
    assertThat(received.getSystemProperties().getTag()).isEqualTo("t");
    assertThat(received.getSystemProperties().getKeysList()).containsExactly("k");
    assertThat(received.getSystemProperties().getTraceContext()).isEqualTo("c");
    assertThat(received.getSystemProperties().getDeliveryAttempt()).isEqualTo(1);
    assertThat(received.getSystemProperties().getBodyDigest().getChecksum()).hasSize(32);
    assertThat(received.getSystemProperties().getBornHost()).isNotBlank();
  }

  @Test
  void whenMemoryIsShortLargeMessagesComeOneAfterTheOther() throws Exception {
    int count = 8;
    for (int i = 0; i < count; i++) {
      byte[] body = new byte[7 << 20];
      body[i] = 1;
      client.send(
          message("waiting-large", "large-" + i).toBuilder()
              .setBody(ByteString.copyFrom(body))
              .build());
    }

    List<CompletableFuture<Received>> replies = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      WireClient consumer = SERVER.client("large-consumer-" + i);
      replies.add(
          CompletableFuture.supplyAsync(
              () ->
                  consumer.receive(
                      receiveRequest("group", "waiting-large").setBatchSize(1).build()),
              task -> Thread.ofVirtual().start(task)));
    }

    Set<String> ids = new TreeSet<>();
    for (CompletableFuture<Received> reply : replies) {
      Message received = reply.get(30, TimeUnit.SECONDS).only();
      ids.add(received.getSystemProperties().getMessageId());
      assertThat(received.getSystemProperties().getBodyDigest())
          .isEqualTo(
              Digest.newBuilder()
                  .setType(DigestType.SHA1)
                  .setChecksum(
                      HexFormat.of()
                          .withUpperCase()
                          .formatHex(
                              MessageDigest.getInstance("SHA-1")
                                  .digest(received.getBody().toByteArray())))
                  .build());
    }
    assertThat(ids).hasSize(count);
    Awaitility.await().until(() -> SERVER.replies().bytesInUse() == 0);
  }

  @Test
  void aConsumerThatNeverReadsItsLargeReplyIsBrokenOffAndOthersGoOn() throws Exception {
    int largeBytes = 7 << 20;
    List<WireClient.UnreadReply> unread = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      client.send(
          message("unread-large", "unread-" + i).toBuilder()
              .setBody(ByteString.copyFrom(new byte[largeBytes]))
              .build());
    }
    for (int i = 0; i < 2; i++) {
      unread.add(SERVER.client("never-reads-" + i).receiveButNeverRead("group", "unread-large"));
    }
    Awaitility.await().until(() -> SERVER.replies().bytesInUse() >= 2L * largeBytes);

    Message third =
        client.receive(receiveRequest("group", "unread-large").setBatchSize(1).build()).only();

    assertThat(third.getBody().size()).isEqualTo(largeBytes);
    Awaitility.await().until(() -> SERVER.replies().bytesInUse() == 0);
    assertThat(SERVER.replies().lateReplies()).isEqualTo(2);
    assertThat(SERVER.replies().chunks().bytesInUse()).isZero();
    for (WireClient.UnreadReply reply : unread) {
      assertThat(reply.readOn().get(30, TimeUnit.SECONDS).getCode()).isNotEqualTo(Status.Code.OK);
    }
  }

  @Test
  void aLargeBodyComesBackWhole() {
    byte[] body = new byte[WireServer.MAX_MESSAGE_BYTES];
    body[12_345] = 7;
    client.send(
        message("large", "1").toBuilder()
            .setBody(com.google.protobuf.ByteString.copyFrom(body))
            .build());

    assertThat(client.receive("group", "large").only().getBody().toByteArray()).isEqualTo(body);
  }

  @Test
  void aWaitingReceiveGetsWhatIsSentMeanwhile() {
    define("later");
    CompletableFuture<Received> waiting =
        CompletableFuture.supplyAsync(() -> client.receive("group", "later"));
    Awaitility.await().until(() -> SERVER.engine().stats().waitingPolls() > 0);

    SERVER.client("sender").send(message("later", "1"));

    assertThat(waiting.orTimeout(10, TimeUnit.SECONDS).join().bodies())
        .containsExactly("body of 1");
  }

  /** Trap 12: Go's simple consumer names no time to wait, its deadline says it. */
  @Test
  void withoutATimeToWaitTheAnswerComesBeforeTheDeadline() {
    Iterator<ReceiveMessageResponse> parts =
        client
            .stub()
            .withDeadlineAfter(3, TimeUnit.SECONDS)
            .receiveMessage(receiveRequest("group", "empty").clearLongPollingTimeout().build());

    assertThat(parts.next().getStatus().getCode()).isEqualTo(Code.MESSAGE_NOT_FOUND);
  }

  @Test
  void aLeaseOutOfRangeIsRefused() {
    Received received =
        client.receive(receiveRequest("group", "any").setInvisibleDuration(seconds(-1)).build());
    Received endless =
        client.receive(
            receiveRequest("group", "any").setInvisibleDuration(seconds(Long.MAX_VALUE)).build());

    assertThat(received.status().getCode()).isEqualTo(Code.ILLEGAL_INVISIBLE_TIME);
    assertThat(endless.status().getCode()).isEqualTo(Code.ILLEGAL_INVISIBLE_TIME);
    assertThat(received.parts().getLast().hasDeliveryTimestamp()).isTrue();
  }

  @Test
  void illegalNamesAndFiltersAreRefused() {
    FilterExpression sql =
        FilterExpression.newBuilder().setType(FilterType.SQL).setExpression("a > 1").build();

    assertThat(client.receive("a b", "any").status().getCode())
        .isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
    assertThat(client.receive("group", "a b").status().getCode()).isEqualTo(Code.ILLEGAL_TOPIC);
    assertThat(
            client
                .receive(receiveRequest("group", "any").setFilterExpression(sql).build())
                .status()
                .getCode())
        .isEqualTo(Code.ILLEGAL_FILTER_EXPRESSION);
  }

  @Test
  void aFilterLetsItsTagsThrough() {
    client.introduce(ClientType.SIMPLE_CONSUMER, "other", "tagged");
    client.send(
        message("tagged", "1", system -> system.setTag("a")),
        message("tagged", "2", system -> system.setTag("b")),
        message("tagged", "3"));

    Received received =
        client.receive(
            receiveRequest("tag-group", "tagged").setFilterExpression(tags("a || c")).build());

    assertThat(received.bodies()).containsExactly("body of 1");
  }

  @Test
  void anAcknowledgedMessageDoesNotComeBack() {
    Message message = receivedOnce("acknowledged");

    AckMessageResponse response = client.acknowledge("group", "acknowledged", handle(message));

    assertThat(response.getStatus().getCode()).isEqualTo(Code.OK);
    assertThat(response.getEntries(0).getStatus().getCode()).isEqualTo(Code.OK);
    assertThat(response.getEntries(0).getReceiptHandle()).isEqualTo(handle(message));
    assertThat(
            client
                .receive(
                    receiveRequest("group", "acknowledged")
                        .setLongPollingTimeout(seconds(0))
                        .build())
                .messages())
        .isEmpty();
  }

  /** Trap 7. */
  @Test
  void acknowledgingTwiceIsFine() {
    Message message = receivedOnce("twice");

    assertThat(client.acknowledge("group", "twice", handle(message)).getStatus().getCode())
        .isEqualTo(Code.OK);
    assertThat(client.acknowledge("group", "twice", handle(message)).getStatus().getCode())
        .isEqualTo(Code.OK);
  }

  /** Trap 6. */
  @Test
  void anUnknownHandleIsInvalidAndSaidSoAtTheTop() {
    AckMessageResponse response = client.acknowledge("group", "any", "nonsense");

    assertThat(response.getStatus().getCode()).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
    assertThat(response.getEntries(0).getStatus().getCode()).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
  }

  @Test
  void aGoodAndABadHandleAreMultipleResults() {
    Message message = receivedOnce("mixed");

    AckMessageResponse response = client.acknowledge("group", "mixed", handle(message), "nonsense");

    assertThat(response.getStatus().getCode()).isEqualTo(Code.MULTIPLE_RESULTS);
    assertThat(response.getEntriesList())
        .extracting(entry -> entry.getStatus().getCode())
        .containsExactly(Code.OK, Code.INVALID_RECEIPT_HANDLE);
  }

  @Test
  void anAcknowledgementOfNothingIsRefused() {
    assertThat(client.acknowledge("group", "any").getStatus().getCode())
        .isEqualTo(Code.BAD_REQUEST);
  }

  /** Trap 11: Node puts a message back with a duration of 0. */
  @Test
  void aMessagePutBackComesAgainWithItsAttemptCounted() {
    Message message = receivedOnce("back");

    ChangeInvisibleDurationResponse response =
        client.changeInvisible("group", "back", handle(message), seconds(0));

    assertThat(response.getStatus().getCode()).isEqualTo(Code.OK);
    Message again = client.receive("group", "back").only();
    assertThat(again.getSystemProperties().getDeliveryAttempt()).isEqualTo(2);
    assertThat(handle(again)).isNotEqualTo(handle(message));
  }

  /** Trap 5 and 6. */
  @Test
  void aHandleOfAnEarlierDeliveryIsInvalidAndGoesBackUnchanged() {
    Message message = receivedOnce("earlier");
    client.changeInvisible("group", "earlier", handle(message), seconds(0));
    client.receive("group", "earlier").only();

    assertThat(client.acknowledge("group", "earlier", handle(message)).getStatus().getCode())
        .isEqualTo(Code.INVALID_RECEIPT_HANDLE);
    ChangeInvisibleDurationResponse response =
        client.changeInvisible("group", "earlier", handle(message), seconds(10));
    assertThat(response.getStatus().getCode()).isEqualTo(Code.INVALID_RECEIPT_HANDLE);
    assertThat(response.getReceiptHandle()).isEqualTo(handle(message));
  }

  /** Trap 5. */
  @Test
  void aChangedLeaseHasANewHandle() {
    Message message = receivedOnce("longer");

    ChangeInvisibleDurationResponse response =
        client.changeInvisible("group", "longer", handle(message), seconds(60));

    assertThat(response.getReceiptHandle()).isNotBlank().isNotEqualTo(handle(message));
    assertThat(
            client
                .acknowledge("group", "longer", response.getReceiptHandle())
                .getStatus()
                .getCode())
        .isEqualTo(Code.OK);
  }

  @Test
  void aLeaseThatEndsMakesTheMessageVisibleAndItsHandleInvalid() {
    client.send(message("ends", "1"));
    Message message =
        client
            .receive(
                receiveRequest("group", "ends")
                    .setInvisibleDuration(Duration.newBuilder().setNanos(200_000_000))
                    .build())
            .only();

    Message again = client.receive("group", "ends").only();

    assertThat(again.getSystemProperties().getDeliveryAttempt()).isEqualTo(2);
    assertThat(client.acknowledge("group", "ends", handle(message)).getStatus().getCode())
        .isEqualTo(Code.INVALID_RECEIPT_HANDLE);
  }

  @Test
  void aMessageGivenUpIsInTheDeadLetterTopicWithTheReason() {
    Message message = receivedOnce("given-up");

    assertThat(
            client
                .stub()
                .forwardMessageToDeadLetterQueue(
                    ForwardMessageToDeadLetterQueueRequest.newBuilder()
                        .setGroup(resource("group"))
                        .setTopic(resource("given-up"))
                        .setReceiptHandle(handle(message))
                        .setMessageId("1")
                        .setDeliveryAttempt(17)
                        .setMaxDeliveryAttempts(17)
                        .build())
                .getStatus()
                .getCode())
        .isEqualTo(Code.OK);

    Message dead = client.receive("readers", "%DLQ%group").only();
    assertThat(dead.getBody()).isEqualTo(message.getBody());
    assertThat(dead.getSystemProperties().getDeadLetterQueue().getTopic()).isEqualTo("given-up");
    assertThat(dead.getUserPropertiesMap().get("rivulet-dead-letter-reason"))
        .contains("attempt 17 of 17");
  }

  @Test
  void whatAGoneClientWaitedForGoesToAnother() {
    define("going");
    CancellableContext gone = Context.current().withCancellation();
    long before = SERVER.engine().stats().waitingPolls();
    gone.run(() -> {
      var _ = SERVER.client("gone").stub().receiveMessage(pushRequest("going", "going").build());
    });
    Awaitility.await().until(() -> SERVER.engine().stats().waitingPolls() > before);

    gone.cancel(null);
    Awaitility.await().until(() -> SERVER.engine().stats().waitingPolls() <= before);
    client.send(message("going", "1"));

    assertThat(client.receive("going", "going").bodies()).containsExactly("body of 1");
  }

  /** A client that was not told to keep order gets an ordered queue one message at a time. */
  @Test
  void anOrderedQueueGoesOneByOneToWhomMayHandleMessagesInParallel() {
    client.introduce(ClientType.PUSH_CONSUMER, "parallel", "became-fifo");
    for (int i = 0; i < 3; i++) {
      client.send(message("became-fifo", "m" + i, system -> system.setMessageGroup("g")));
    }

    Received first = client.receive(pushRequest("parallel", "became-fifo").build());

    assertThat(first.bodies()).isEqualTo(List.of("body of m0"));
    client.acknowledge("parallel", "became-fifo", handle(first.only()));
    assertThat(client.receive(pushRequest("parallel", "became-fifo").build()).bodies())
        .isEqualTo(List.of("body of m1"));
  }

  @Test
  void aClientThatKeepsOrderGetsABatchOfAnOrderedQueue() {
    for (int i = 0; i < 3; i++) {
      client.send(message("is-fifo", "f" + i, system -> system.setMessageGroup("g")));
    }
    client.route("is-fifo");
    client.introduce(ClientType.PUSH_CONSUMER, "orderly", "is-fifo");

    assertThat(client.receive(pushRequest("orderly", "is-fifo").build()).bodies())
        .containsExactly("body of f0", "body of f1", "body of f2");
  }

  /** What it was told by the server before the restart is not known. */
  @Test
  void aClientThatWasRunningBeforeTheServerGetsAnOrderedQueueOneByOne() {
    for (int i = 0; i < 2; i++) {
      client.send(message("still-fifo", "s" + i, system -> system.setMessageGroup("g")));
    }
    client.introduce(ClientType.PUSH_CONSUMER, "running", "still-fifo");

    assertThat(client.receive(pushRequest("running", "still-fifo").build()).bodies())
        .containsExactly("body of s0");
  }

  @Test
  void higherPrioritiesComeFirst() {
    client.send(message("ranked", "low", system -> system.setPriority(0)));
    client.send(message("ranked", "high", system -> system.setPriority(9)));
    client.send(message("ranked", "mid", system -> system.setPriority(5)));

    assertThat(client.receive("group", "ranked").bodies())
        .containsExactly("body of high", "body of mid", "body of low");
  }

  /** Trap 20: no room for it in Node's gRPC; it must not block the queue either. */
  @Test
  void aMessageTooLargeForNodeGoesToTheDeadLettersAndTheNextOneArrives() {
    WireClient node = SERVER.client("small-node", "HTTP", "1.0.8");
    node.introduce(ClientType.SIMPLE_CONSUMER, "nodes", "sizes");
    client.send(
        message("sizes", "big").toBuilder()
            .setBody(com.google.protobuf.ByteString.copyFrom(new byte[5 << 20]))
            .build());
    client.send(message("sizes", "small"));

    assertThat(node.receive("nodes", "sizes").bodies()).containsExactly("body of small");

    Message dead = client.receive("readers", "%DLQ%nodes").only();
    assertThat(dead.getBody().size()).isEqualTo(5 << 20);
  }
}
