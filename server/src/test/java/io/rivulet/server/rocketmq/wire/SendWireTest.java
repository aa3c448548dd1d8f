package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.SendResultEntry;
import com.google.protobuf.ByteString;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class SendWireTest {
  private static final WireServer SERVER = new WireServer();
  private final WireClient client = SERVER.client("client");

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static Code code(SendMessageResponse response) {
    return response.getStatus().getCode();
  }

  @Test
  void aReceiptNamesTheMessageAndItsPlace() {
    SendMessageResponse response =
        client.send(message("receipts", "id-1", system -> system.setMessageGroup("g")));

    assertThat(code(response)).isEqualTo(Code.OK);
    assertThat(response.getEntriesCount()).isEqualTo(1);
    assertThat(response.getEntries(0).getStatus().getCode()).isEqualTo(Code.OK);
    assertThat(response.getEntries(0).getMessageId()).isEqualTo("id-1");
    assertThat(response.getEntries(0).getOffset()).isZero();
  }

  @Test
  void aBatchIsStoredInOrderWithAReceiptForEach() {
    Message[] messages =
        IntStream.range(0, 64)
            .mapToObj(i -> message("batch", "b" + i, system -> system.setMessageGroup("g")))
            .toArray(Message[]::new);

    SendMessageResponse response = client.send(messages);

    assertThat(code(response)).isEqualTo(Code.OK);
    assertThat(response.getEntriesList())
        .extracting(SendResultEntry::getOffset)
        .containsExactlyElementsOf(IntStream.range(0, 64).mapToObj(i -> (long) i).toList());
  }

  /** Trap 19. */
  @Test
  void aRepeatedSendIsStoredOnceAndGetsTheFirstReceipt() {
    Message message = message("repeated", "same", system -> system.setMessageGroup("g"));

    SendMessageResponse first = client.send(message);
    SendMessageResponse second = client.send(message);

    assertThat(second.getEntries(0)).isEqualTo(first.getEntries(0));
    assertThat(
            client
                .send(message("repeated", "other", system -> system.setMessageGroup("g")))
                .getEntries(0)
                .getOffset())
        .isEqualTo(1);
  }

  @Test
  void messagesOfTwoTopicsInOneRequestAreRefused() {
    assertThat(code(client.send(message("one", "1"), message("other", "2"))))
        .isEqualTo(Code.MESSAGE_CORRUPTED);
  }

  @Test
  void aRequestWithoutMessagesIsRefused() {
    assertThat(code(client.send())).isEqualTo(Code.MESSAGE_CORRUPTED);
  }

  @Test
  void anIllegalMessageInABatchIsNamedAndNothingIsStored() {
    SendMessageResponse response =
        client.send(message("partly", "1"), message("partly", "2", system -> system.setTag("|")));

    assertThat(code(response)).isEqualTo(Code.ILLEGAL_MESSAGE_TAG);
    assertThat(response.getStatus().getMessage()).startsWith("message 1:");
    assertThat(response.getEntriesCount()).isEqualTo(2);
    assertThat(SERVER.engine().topic("partly")).isEmpty();
  }

  @Test
  void aMessageThatDoesNotFitTheTopicsTypeIsRefused() {
    client.send(message("normal", "1"));

    SendMessageResponse response =
        client.send(message("normal", "2", system -> system.setLiteTopic("l")));

    assertThat(code(response)).isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    assertThat(response.getStatus().getMessage()).contains("NORMAL").contains("LITE");
  }

  /** Node calls a message of priority 0 a NORMAL one. */
  @Test
  void aNormalMessageWithAPriorityFitsAPriorityTopic() {
    client.send(message("urgent", "1", system -> system.setPriority(5)));

    assertThat(
            code(
                client.send(
                    message(
                        "urgent",
                        "2",
                        system -> system.setMessageType(MessageType.NORMAL).setPriority(0)))))
        .isEqualTo(Code.OK);
  }

  @Test
  void aBodyBeyondTheLimitIsRefused() {
    Message large =
        message("large", "1").toBuilder()
            .setBody(ByteString.copyFrom(new byte[WireServer.MAX_MESSAGE_BYTES + 1]))
            .build();

    assertThat(code(client.send(large))).isEqualTo(Code.MESSAGE_BODY_TOO_LARGE);
  }

  @Test
  void aBodyAtTheLimitIsStored() {
    Message large =
        message("large", "2").toBuilder()
            .setBody(ByteString.copyFrom(new byte[WireServer.MAX_MESSAGE_BYTES]))
            .build();

    assertThat(code(client.send(large))).isEqualTo(Code.OK);
  }

  @Test
  void transactionalMessagesAreRefusedWithTheReason() {
    Message half = message("fresh", "3", system -> system.setMessageType(MessageType.TRANSACTION));

    assertThat(code(client.send(half))).isEqualTo(Code.UNSUPPORTED);
    assertThat(client.send(half).getStatus().getMessage()).contains("transactional");
    assertThat(SERVER.engine().topic("fresh")).isEmpty();
  }

  @Test
  void thereIsNoTransactionToEnd() {
    assertThat(
            client
                .stub()
                .endTransaction(EndTransactionRequest.getDefaultInstance())
                .getStatus()
                .getCode())
        .isEqualTo(Code.INVALID_TRANSACTION_ID);
    assertThat(
            client
                .stub()
                .endTransaction(EndTransactionRequest.newBuilder().setTransactionId("t").build())
                .getStatus()
                .getCode())
        .isEqualTo(Code.UNSUPPORTED);
  }

  @Test
  void aFullTopicTellsItsProducersToComeAgain() {
    TopicDefinition topic = TopicDefinition.of("full", TopicType.NORMAL);
    Backpressure one = new Backpressure(1, 0, Optional.empty(), Duration.ZERO);
    SERVER.engine().defineTopic(topic.with(one)).join();
    SERVER.engine().defineGroup(GroupDefinition.standard("slow")).join();
    SERVER.engine().subscribe("slow", "full", Filter.all()).join();

    assertThat(code(client.send(message("full", "f1")))).isEqualTo(Code.OK);
    SendMessageResponse refused = client.send(message("full", "f2"));

    assertThat(code(refused)).isEqualTo(Code.TOO_MANY_REQUESTS);
    assertThat(refused.getStatus().getMessage())
        .contains(
            "the topic 'full'", "the group 'slow' has 1", "max-backlog allows 1", "try again");
    assertThat(code(client.send(message("full", "f1")))).isEqualTo(Code.OK);
  }

  @Test
  void namespacesKeepTopicsOfTheSameNameApart() {
    WireClient team = SERVER.client("team-client").header("x-mq-namespace", "team");
    Message message = message("shared", "1", system -> system.setMessageGroup("g"));

    assertThat(code(team.send(message))).isEqualTo(Code.OK);

    assertThat(SERVER.engine().topic("team%shared")).isPresent();
    assertThat(SERVER.engine().topic("shared")).isEmpty();
    assertThat(team.receive("group", "shared").only().getTopic().getName()).isEqualTo("shared");
  }
}
