package io.rivulet.server.rocketmq.receive;

import apache.rocketmq.v2.DeadLetterQueue;
import apache.rocketmq.v2.Digest;
import apache.rocketmq.v2.DigestType;
import apache.rocketmq.v2.Encoding;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.SystemProperties;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.server.grpc.Bodies;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Owned by one thread, for the messages of one reply. Writes messages as consumers read them. */
final class MessageEncoder {
  /** Tells consumers of a dead-letter topic why a message is there. */
  static final String DEAD_LETTER_REASON = "rivulet-dead-letter-reason";

  /** Tells consumers of a dead-letter topic which group gave a message up. */
  static final String DEAD_LETTER_GROUP = "rivulet-dead-letter-group";

  private static final int MIN_LARGE_BYTES = 256 << 10;

  /** From an array, a digest of many bytes in one call is done by the processor's own commands. */
  private static final int DIGESTED_BYTES = 64 << 10;

  private static final HexFormat UPPER_HEX = HexFormat.of().withUpperCase();

  private final Caller caller;
  private final String storeHost;
  private final MessageDigest md5 = digest("MD5");
  private String topicName = "";
  private Resource topic = Resource.getDefaultInstance();

  MessageEncoder(Caller caller, String storeHost) {
    this.caller = caller;
    this.storeHost = storeHost;
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has " + algorithm, impossible);
    }
  }

  Message encode(DeliveredMessage delivered) {
    StoredMessage stored = delivered.message();
    io.rivulet.engine.message.Message message = stored.message();
    SystemProperties.Builder system =
        SystemProperties.newBuilder()
            .setMessageId(message.id())
            // Trap 4: Node breaks without a digest, Python without an encoding.
            .setBodyDigest(digest(message.body()))
            .setBodyEncoding(message.gzip() ? Encoding.GZIP : Encoding.IDENTITY)
            .setMessageType(type(message))
            .setBornTimestamp(ProtocolTimes.timestamp(message.bornMillis()))
            .setBornHost(message.bornHost())
            .setStoreTimestamp(ProtocolTimes.timestamp(stored.storeMillis()))
            .setStoreHost(storeHost)
            // Trap 5: opaque, complete in itself, another one in each delivery.
            .setReceiptHandle(delivered.receiptHandle())
            .setQueueId(0)
            .setQueueOffset(stored.offset())
            // Trap 5: from 1, Java refuses 0.
            .setDeliveryAttempt(delivered.attempt())
            .addAllKeys(message.keys());
    addOptional(system, message);
    Message.Builder encoded =
        Message.newBuilder()
            .setTopic(resource(message.topic()))
            .putAllUserProperties(message.properties())
            .setSystemProperties(system)
            .setBody(Bodies.toWire(message.body()));
    io.rivulet.engine.message.Message.Origin origin = message.origin();
    if (origin != null) {
      encoded
          .putUserProperties(DEAD_LETTER_REASON, origin.reason())
          .putUserProperties(DEAD_LETTER_GROUP, origin.group());
    }
    return encoded.build();
  }

  /** Clients ask for the presence of these, so they are set only where there is something. */
  private void addOptional(
      SystemProperties.Builder system, io.rivulet.engine.message.Message message) {
    if (message.tag() != null) {
      system.setTag(message.tag());
    }
    if (message.messageGroup() != null) {
      system.setMessageGroup(message.messageGroup());
    }
    if (message.liteTopic() != null) {
      system.setLiteTopic(message.liteTopic());
    }
    if (message.priority() >= 0) {
      system.setPriority(message.priority());
    }
    if (message.deliverAtMillis() != 0 && message.origin() == null) {
      system.setDeliveryTimestamp(ProtocolTimes.timestamp(message.deliverAtMillis()));
    }
    if (message.traceContext() != null) {
      system.setTraceContext(message.traceContext());
    }
    io.rivulet.engine.message.Message.Origin origin = message.origin();
    if (origin != null) {
      system.setDeadLetterQueue(
          DeadLetterQueue.newBuilder()
              .setTopic(caller.resource(origin.topic()).getName())
              .setMessageId(origin.messageId()));
    }
  }

  /** As the reference does, MD5; SHA-1 where it matters, which processors help with. */
  private Digest digest(Body body) {
    boolean isLarge = body.size() >= MIN_LARGE_BYTES;
    MessageDigest digest = isLarge ? digest("SHA-1") : md5;
    if (body.isWhole()) {
      digest.update(body.toArray());
    } else {
      byte[] some = new byte[Math.min(body.size(), DIGESTED_BYTES)];
      for (ByteBuffer piece : body.pieces()) {
        while (piece.hasRemaining()) {
          int count = Math.min(piece.remaining(), some.length);
          piece.get(some, 0, count);
          digest.update(some, 0, count);
        }
      }
    }
    return Digest.newBuilder()
        .setType(isLarge ? DigestType.SHA1 : DigestType.MD5)
        .setChecksum(UPPER_HEX.formatHex(digest.digest()))
        .build();
  }

  private Resource resource(String name) {
    if (!name.equals(topicName)) {
      topicName = name;
      topic = caller.resource(name);
    }
    return topic;
  }

  /** A dead letter keeps what it carried, but its topic is a NORMAL one. */
  private static MessageType type(io.rivulet.engine.message.Message message) {
    if (message.origin() != null) {
      return MessageType.NORMAL;
    }
    if (message.liteTopic() != null) {
      return MessageType.LITE;
    }
    if (message.messageGroup() != null) {
      return MessageType.FIFO;
    }
    if (message.priority() >= 0) {
      return MessageType.PRIORITY;
    }
    return message.deliverAtMillis() == 0 ? MessageType.NORMAL : MessageType.DELAY;
  }
}
