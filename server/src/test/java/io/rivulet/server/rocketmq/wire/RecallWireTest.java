package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.RecallMessageResponse;
import io.rivulet.engine.message.ReplyAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A recall cancels whatever its sender has a receipt for. */
class RecallWireTest {
  private static final WireServer SERVER = new WireServer();
  private final WireClient client = SERVER.client("client");

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static RecallMessageResponse recall(WireClient from, String topic, String handle) {
    return from.stub()
        .recallMessage(
            RecallMessageRequest.newBuilder()
                .setTopic(resource(topic))
                .setRecallHandle(handle)
                .build());
  }

  private String send(String topic, String id) {
    return client.send(message(topic, id)).getEntries(0).getRecallHandle();
  }

  @Test
  void whatIsRecalledIsNotReceived() {
    String first = send("recalled", "1");
    send("recalled", "2");

    RecallMessageResponse response = recall(client, "recalled", first);

    assertThat(response.getStatus().getCode()).isEqualTo(Code.OK);
    assertThat(response.getMessageId()).isEqualTo("1");
    assertThat(client.receive("group", "recalled").only().getSystemProperties().getMessageId())
        .isEqualTo("2");
  }

  @Test
  void recallingAgainOrTooLateIsFine() {
    String handle = send("late", "1");

    assertThat(recall(client, "late", handle).getStatus().getCode()).isEqualTo(Code.OK);

    assertThat(recall(client, "late", handle).getStatus().getCode()).isEqualTo(Code.OK);
  }

  @Test
  void aNamespaceMatters() {
    WireClient team = SERVER.client("team").header("x-mq-namespace", "team");
    String handle = team.send(message("apart", "1")).getEntries(0).getRecallHandle();

    assertThat(recall(client, "apart", handle).getStatus().getCode()).isEqualTo(Code.BAD_REQUEST);

    assertThat(recall(team, "apart", handle).getStatus().getCode()).isEqualTo(Code.OK);
  }

  @Test
  void theReplyLiteTopicIsInTheNamespaceOfTheRequest() {
    WireClient team = SERVER.client("team").header("x-mq-namespace", "squad");
    team.send(message("answers", "0", system -> system.setLiteTopic("other")));
    String handle =
        team.send(
                message("asked", "1").toBuilder()
                    .putUserProperties(ReplyAddress.TOPIC_PROPERTY, "answers")
                    .putUserProperties(ReplyAddress.LITE_TOPIC_PROPERTY, "mine")
                    .build())
            .getEntries(0)
            .getRecallHandle();
    team.receive("group", "asked").only();

    assertThat(recall(team, "asked", handle).getStatus().getCode()).isEqualTo(Code.OK);

    assertThat(SERVER.engine().describeLite("squad%answers", "mine").join().isOk()).isTrue();
  }

  @Test
  void whatIsNoHandleIsRefused() {
    send("garbled", "1");

    RecallMessageResponse response = recall(client, "garbled", "h");

    assertThat(response.getStatus().getCode()).isEqualTo(Code.BAD_REQUEST);
    assertThat(response.getStatus().getMessage()).contains("'h' is not the handle of a message");
  }

  @Test
  void theNameOfTheTopicIsLookedAt() {
    String handle = send("named", "1");

    assertThat(recall(client, "", handle).getStatus().getCode()).isEqualTo(Code.ILLEGAL_TOPIC);
    assertThat(recall(client, "other", handle).getStatus().getCode()).isEqualTo(Code.BAD_REQUEST);
  }
}
