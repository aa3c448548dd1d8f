package io.rivulet.bench.raw;

import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SystemProperties;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Safe for all threads: an atomic counter. Makes requests as the official Java client makes them.
 */
public final class RawMessages {
  private final Resource topic;
  private final String host;
  private final String idPrefix;
  private final AtomicLong count = new AtomicLong();

  public RawMessages(String topic) {
    this.topic = Resource.newBuilder().setName(topic).build();
    this.host = "bench";
    // 34 hexadecimal digits as the official clients make them: version, "machine", counter.
    this.idPrefix = "01" + HexFormat.of().toHexDigits(new SplittableRandom().nextLong());
  }

  /** One request with so many messages of this body. */
  public SendMessageRequest request(byte[] body, int messages) {
    SendMessageRequest.Builder request = SendMessageRequest.newBuilder();
    ByteString shared = UnsafeByteOperations.unsafeWrap(body);
    for (int number = 0; number < messages; number++) {
      request.addMessages(message(shared, MessageType.NORMAL));
    }
    return request.build();
  }

  /** One message to a lite topic. */
  public SendMessageRequest toLiteTopic(byte[] body, String liteTopic) {
    Message.Builder message =
        message(UnsafeByteOperations.unsafeWrap(body), MessageType.LITE).toBuilder();
    message.getSystemPropertiesBuilder().setLiteTopic(liteTopic);
    return SendMessageRequest.newBuilder().addMessages(message).build();
  }

  /** One request with a message to each of these lite topics. */
  public SendMessageRequest toLiteTopics(byte[] body, List<String> liteTopics) {
    SendMessageRequest.Builder request = SendMessageRequest.newBuilder();
    ByteString shared = UnsafeByteOperations.unsafeWrap(body);
    for (String liteTopic : liteTopics) {
      Message.Builder message = message(shared, MessageType.LITE).toBuilder();
      message.getSystemPropertiesBuilder().setLiteTopic(liteTopic);
      request.addMessages(message);
    }
    return request.build();
  }

  /** One request with so many messages of this body and priority. */
  public SendMessageRequest withPriority(byte[] body, int priority, int messages) {
    SendMessageRequest.Builder request = SendMessageRequest.newBuilder();
    ByteString shared = UnsafeByteOperations.unsafeWrap(body);
    for (int number = 0; number < messages; number++) {
      Message.Builder message = message(shared, MessageType.PRIORITY).toBuilder();
      message.getSystemPropertiesBuilder().setPriority(priority);
      request.addMessages(message);
    }
    return request.build();
  }

  /** One request with so many messages of this body, to be delivered at these times. */
  public SendMessageRequest delayed(byte[] body, long[] epochMillis) {
    SendMessageRequest.Builder request = SendMessageRequest.newBuilder();
    ByteString shared = UnsafeByteOperations.unsafeWrap(body);
    for (long at : epochMillis) {
      Message.Builder message = message(shared, MessageType.DELAY).toBuilder();
      message.getSystemPropertiesBuilder().setDeliveryTimestamp(timestamp(at));
      request.addMessages(message);
    }
    return request.build();
  }

  /** One message to a message group. */
  public SendMessageRequest toMessageGroup(byte[] body, String messageGroup) {
    Message.Builder message =
        message(UnsafeByteOperations.unsafeWrap(body), MessageType.FIFO).toBuilder();
    message.getSystemPropertiesBuilder().setMessageGroup(messageGroup);
    return SendMessageRequest.newBuilder().addMessages(message).build();
  }

  private Message message(ByteString body, MessageType type) {
    return Message.newBuilder()
        .setTopic(topic)
        .setBody(body)
        .setSystemProperties(
            SystemProperties.newBuilder()
                .setMessageId(idPrefix + HexFormat.of().toHexDigits(count.getAndIncrement()))
                .setMessageType(type)
                .setBodyEncoding(Encoding.IDENTITY)
                .setBornTimestamp(now())
                .setBornHost(host)
                .setQueueId(0))
        .build();
  }

  private static Timestamp now() {
    return timestamp(System.currentTimeMillis());
  }

  private static Timestamp timestamp(long millis) {
    return Timestamp.newBuilder()
        .setSeconds(millis / 1000)
        .setNanos((int) (millis % 1000) * 1_000_000)
        .build();
  }
}
