package io.rivulet.server.rocketmq.send;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MessageRulesTest {
  private static final int MAX_BODY = 100;

  private final MessageRules rules = new MessageRules(MAX_BODY);

  private static Message.Builder message() {
    return Message.newBuilder()
        .setSystemProperties(SystemProperties.newBuilder().setMessageId("id"))
        .setBody(ByteString.copyFromUtf8("body"));
  }

  private static Message with(Consumer<SystemProperties.Builder> change) {
    SystemProperties.Builder system = SystemProperties.newBuilder().setMessageId("id");
    change.accept(system);
    return message().setSystemProperties(system).build();
  }

  static Stream<Arguments> illegalMessages() {
    return Stream.of(
        arguments(Code.ILLEGAL_MESSAGE_ID, with(system -> system.setMessageId(" "))),
        arguments(Code.ILLEGAL_MESSAGE_ID, with(system -> system.setMessageId("i".repeat(256)))),
        arguments(Code.MESSAGE_BODY_EMPTY, message().clearBody().build()),
        arguments(
            Code.MESSAGE_BODY_TOO_LARGE,
            message().setBody(ByteString.copyFrom(new byte[MAX_BODY + 1])).build()),
        arguments(Code.ILLEGAL_MESSAGE_TAG, with(system -> system.setTag(""))),
        arguments(Code.ILLEGAL_MESSAGE_TAG, with(system -> system.setTag("a|b"))),
        arguments(Code.ILLEGAL_MESSAGE_TAG, with(system -> system.setTag("a\nb"))),
        arguments(Code.ILLEGAL_MESSAGE_KEY, with(system -> system.addKeys(" "))),
        arguments(Code.ILLEGAL_MESSAGE_GROUP, with(system -> system.setMessageGroup(""))),
        arguments(
            Code.ILLEGAL_MESSAGE_GROUP, with(system -> system.setMessageGroup("g".repeat(64)))),
        arguments(Code.ILLEGAL_LITE_TOPIC, with(system -> system.setLiteTopic("a/b"))),
        arguments(Code.BAD_REQUEST, with(system -> system.setPriority(-1))),
        arguments(
            Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE,
            with(system -> system.setPriority(1).setMessageGroup("g"))),
        arguments(
            Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE,
            with(system ->
                system.setLiteTopic("l").setDeliveryTimestamp(Timestamp.getDefaultInstance()))),
        arguments(Code.ILLEGAL_LITE_TOPIC, with(system -> system.setMessageType(MessageType.LITE))),
        arguments(
            Code.ILLEGAL_MESSAGE_GROUP, with(system -> system.setMessageType(MessageType.FIFO))),
        arguments(
            Code.ILLEGAL_MESSAGE_PROPERTY_KEY, message().putUserProperties("KEYS", "x").build()),
        arguments(Code.ILLEGAL_MESSAGE_PROPERTY_KEY, message().putUserProperties(" ", "x").build()),
        arguments(
            Code.ILLEGAL_MESSAGE_PROPERTY_KEY, message().putUserProperties("a", "x\u0001").build()),
        arguments(
            Code.MESSAGE_PROPERTIES_TOO_LARGE,
            message().putUserProperties("a", "x".repeat(16 << 10)).build()),
        arguments(Code.MESSAGE_PROPERTIES_TOO_LARGE, withProperties(129)));
  }

  private static Message withProperties(int count) {
    Message.Builder message = message();
    for (int index = 0; index < count; index++) {
      message.putUserProperties("p" + index, "v");
    }
    return message.build();
  }

  @ParameterizedTest
  @MethodSource("illegalMessages")
  void anIllegalMessageIsRefusedWithTheReferencesCode(Code code, Message message) {
    assertThat(rules.check(message)).map(Status::getCode).contains(code);
  }

  @Test
  void ordinaryMessagesAreFine() {
    assertThat(rules.check(message().build())).isEmpty();
    assertThat(rules.check(withProperties(128))).isEmpty();
    assertThat(rules.check(message().setBody(ByteString.copyFrom(new byte[MAX_BODY])).build()))
        .isEmpty();
    assertThat(rules.check(message().putUserProperties("rivulet-cost", "12").build())).isEmpty();
  }

  /** Node calls a message of priority 0 a NORMAL one. */
  @Test
  void aPriorityInANormalMessageIsFine() {
    Message message = with(system -> system.setMessageType(MessageType.NORMAL).setPriority(0));

    assertThat(rules.check(message)).isEmpty();
  }

  @Test
  void theMessageSaysWhatIsAllowed() {
    Message large = message().setBody(ByteString.copyFrom(new byte[101])).build();

    assertThat(rules.check(large).orElseThrow().getMessage()).contains("101").contains("100");
  }
}
