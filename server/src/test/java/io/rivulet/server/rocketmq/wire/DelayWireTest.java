package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Messages with a delivery time as the protocol has them. */
class DelayWireTest {
  private static final WireServer SERVER = new WireServer();
  private final WireClient client = SERVER.client("client");

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static Message delayed(String topic, String id, Duration delay) {
    Timestamp at = Timestamps.fromMillis(System.currentTimeMillis() + delay.toMillis());
    return message(topic, id, system -> system.setDeliveryTimestamp(at));
  }

  private static Code code(SendMessageResponse response) {
    return response.getStatus().getCode();
  }

  @Test
  void itMakesATopicForDelaysAndIsReceivedWithItsTimeWhenThatHasCome() {
    Message later = delayed("made", "1", Duration.ofMillis(1200));
    assertThat(code(client.send(later))).isEqualTo(Code.OK);
    assertThat(SERVER.engine().topic("made").map(TopicDefinition::type)).contains(TopicType.DELAY);
    assertThat(SERVER.engine().parked("made")).isEqualTo(1);

    SystemProperties received =
        Awaitility.await()
            .until(
                () -> client.receive("group", "made").messages(), messages -> !messages.isEmpty())
            .getFirst()
            .getSystemProperties();

    assertThat(received.getMessageId()).isEqualTo("1");
    assertThat(received.getMessageType()).isEqualTo(MessageType.DELAY);
    assertThat(received.getDeliveryTimestamp())
        .isEqualTo(later.getSystemProperties().getDeliveryTimestamp());
    assertThat(Timestamps.compare(received.getStoreTimestamp(), received.getDeliveryTimestamp()))
        .isGreaterThanOrEqualTo(0);
  }

  @Test
  void thePastIsNowHoweverLongAgo() {
    Message first =
        message("past", "1", system -> system.setDeliveryTimestamp(Timestamp.getDefaultInstance()));

    assertThat(code(client.send(first))).isEqualTo(Code.OK);

    assertThat(client.receive("group", "past").only().getSystemProperties().getMessageId())
        .isEqualTo("1");
  }

  @Test
  void theTypeOfTheTopicSaysWhetherThereIsATime() {
    SERVER.engine().defineTopic(TopicDefinition.of("plain", TopicType.NORMAL)).join();
    SERVER.engine().defineTopic(TopicDefinition.of("later", TopicType.DELAY)).join();
    SERVER.engine().defineTopic(TopicDefinition.of("fifo", TopicType.FIFO)).join();
    Duration delay = Duration.ofMinutes(1);

    assertThat(code(client.send(delayed("plain", "1", delay))))
        .isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    assertThat(code(client.send(message("later", "2"))))
        .isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    assertThat(code(client.send(delayed("fifo", "3", delay))))
        .isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    assertThat(code(client.send(delayed("later", "4", delay)))).isEqualTo(Code.OK);
  }

  @Test
  void aMessageOfOneKindOnly() {
    Message both =
        delayed("both", "1", Duration.ofMinutes(1)).toBuilder()
            .setSystemProperties(
                delayed("both", "1", Duration.ofMinutes(1)).getSystemProperties().toBuilder()
                    .setPriority(1))
            .build();

    SendMessageResponse refused = client.send(both);

    assertThat(code(refused)).isEqualTo(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE);
    assertThat(refused.getStatus().getMessage()).contains("priority and delivery time");
  }

  @Test
  void tooLateHasACodeOfItsOwnAndSoHasNoTime() {
    SendMessageResponse refused = client.send(delayed("far", "1", Duration.ofDays(4)));
    Message claimed = message("far", "2", system -> system.setMessageType(MessageType.DELAY));

    assertThat(code(refused)).isEqualTo(Code.ILLEGAL_DELIVERY_TIME);
    assertThat(refused.getStatus().getMessage()).contains("engine.max-delay");
    assertThat(code(client.send(claimed))).isEqualTo(Code.ILLEGAL_DELIVERY_TIME);
  }

  @Test
  void itIsRecalledWhileItWaits() {
    String handle =
        client
            .send(delayed("recalled", "1", Duration.ofMinutes(1)))
            .getEntries(0)
            .getRecallHandle();

    var answer =
        client
            .stub()
            .recallMessage(
                RecallMessageRequest.newBuilder()
                    .setTopic(resource("recalled"))
                    .setRecallHandle(handle)
                    .build());

    assertThat(answer.getStatus().getCode()).isEqualTo(Code.OK);
    assertThat(answer.getMessageId()).isEqualTo("1");
    assertThat(SERVER.engine().parked("recalled")).isZero();
  }
}
