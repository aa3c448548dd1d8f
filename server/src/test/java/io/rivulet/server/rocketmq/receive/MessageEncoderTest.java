package io.rivulet.server.rocketmq.receive;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.DigestType;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.SystemProperties;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageEncoderTest {
  private final MessageEncoder encoder =
      new MessageEncoder(new Caller("client", Language.JAVA, "", "", "", null), "here");

  private static Message.Builder message() {
    return Message.builder("topic", "id", "hello".getBytes(StandardCharsets.UTF_8));
  }

  private apache.rocketmq.v2.Message encoded(Message message) {
    return encoder.encode(
        new DeliveredMessage(new StoredMessage(message, 7, 42, 1_700_000_000_123L), "handle", 2));
  }

  /** Trap 4. */
  @Test
  void everyMessageHasAnMd5DigestInUpperCaseAndAnEncoding() {
    SystemProperties system = encoded(message().build()).getSystemProperties();

    assertThat(system.getBodyDigest().getType()).isEqualTo(DigestType.MD5);
    assertThat(system.getBodyDigest().getChecksum()).isEqualTo("5D41402ABC4B2A76B9719D911017C592");
    assertThat(system.getBodyEncoding()).isEqualTo(Encoding.IDENTITY);
  }

  @Test
  void aCompressedBodyIsMarkedSo() {
    assertThat(encoded(message().gzip(true).build()).getSystemProperties().getBodyEncoding())
        .isEqualTo(Encoding.GZIP);
  }

  /** Trap 5. */
  @Test
  void theDeliveryIsDescribed() {
    SystemProperties system = encoded(message().build()).getSystemProperties();

    assertThat(system.getMessageId()).isEqualTo("id");
    assertThat(system.getReceiptHandle()).isEqualTo("handle");
    assertThat(system.getDeliveryAttempt()).isEqualTo(2);
    assertThat(system.getQueueOffset()).isEqualTo(42);
    assertThat(ProtocolTimes.epochMillis(system.getStoreTimestamp())).isEqualTo(1_700_000_000_123L);
  }

  @Test
  void whatTheProducerSaidComesBack() {
    apache.rocketmq.v2.Message encoded =
        encoded(
            message()
                .tag("t")
                .keys(List.of("k1", "k2"))
                .properties(Map.of("a", "1"))
                .traceContext("trace")
                .born(5, "host")
                .build());

    assertThat(encoded.getTopic().getName()).isEqualTo("topic");
    assertThat(encoded.getBody().toStringUtf8()).isEqualTo("hello");
    assertThat(encoded.getUserPropertiesMap()).containsExactly(Map.entry("a", "1"));
    SystemProperties system = encoded.getSystemProperties();
    assertThat(system.getTag()).isEqualTo("t");
    assertThat(system.getKeysList()).containsExactly("k1", "k2");
    assertThat(system.getTraceContext()).isEqualTo("trace");
    assertThat(system.getBornHost()).isEqualTo("host");
    assertThat(ProtocolTimes.epochMillis(system.getBornTimestamp())).isEqualTo(5);
  }

  @Test
  void whatIsNotThereIsNotSet() {
    SystemProperties system = encoded(message().build()).getSystemProperties();

    assertThat(system.hasTag()).isFalse();
    assertThat(system.hasMessageGroup()).isFalse();
    assertThat(system.hasLiteTopic()).isFalse();
    assertThat(system.hasPriority()).isFalse();
    assertThat(system.hasTraceContext()).isFalse();
    assertThat(system.hasDeadLetterQueue()).isFalse();
    assertThat(system.getMessageType()).isEqualTo(MessageType.NORMAL);
  }

  @Test
  void theTypeFollowsFromTheFields() {
    assertThat(type(message().liteTopic("l").build())).isEqualTo(MessageType.LITE);
    assertThat(type(message().messageGroup("g").build())).isEqualTo(MessageType.FIFO);
    assertThat(type(message().priority(0).build())).isEqualTo(MessageType.PRIORITY);
  }

  private MessageType type(Message message) {
    return encoded(message).getSystemProperties().getMessageType();
  }

  @Test
  void aDeadLetterSaysWhereItComesFromAndWhy() {
    apache.rocketmq.v2.Message encoded =
        encoded(
            message().origin(new Message.Origin("orders", "first", "g", "17 attempts")).build());

    assertThat(encoded.getSystemProperties().getDeadLetterQueue().getTopic()).isEqualTo("orders");
    assertThat(encoded.getSystemProperties().getDeadLetterQueue().getMessageId())
        .isEqualTo("first");
    assertThat(encoded.getUserPropertiesMap())
        .containsEntry("rivulet-dead-letter-reason", "17 attempts")
        .containsEntry("rivulet-dead-letter-group", "g");
  }
}
