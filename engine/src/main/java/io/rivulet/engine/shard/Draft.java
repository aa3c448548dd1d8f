package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import io.rivulet.engine.topic.TopicType;

/**
 * Immutable. A message on its way into the log: encoded on the sender's thread, so that the shard
 * only copies bytes, those before the body and the body itself.
 *
 * @param type the topic type that a message of this kind belongs to
 * @param queueName the queue that it joins; empty: whichever is next
 * @param idHash by which a repeated send is recognised
 * @param tagHash 0: no tag
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record Draft(
    String messageId,
    TopicType type,
    String queueName,
    int priority,
    long idHash,
    long tagHash,
    byte[] head,
    Body body) {

  /** Bytes in the log. */
  int sizeBytes() {
    return head.length + body.size();
  }

  static Draft of(Message message) {
    return of(message, Hash.of(message.id(), Hash.of(message.topic())));
  }

  static Draft of(Message message, long idHash) {
    String tag = message.tag();
    TopicType type = typeOf(message);
    return new Draft(
        message.id(),
        type,
        queueNameOf(message, type),
        Math.max(0, message.priority()),
        idHash,
        tag == null ? 0 : Hash.of(tag),
        MessageCodec.encodeHead(message),
        message.body());
  }

  /** A copy that is kept in the only queue of a dead-letter topic, whatever its kind was. */
  static Draft deadLetter(Message message, long idHash) {
    String tag = message.tag();
    return new Draft(
        message.id(),
        TopicType.NORMAL,
        "0",
        0,
        idHash,
        tag == null ? 0 : Hash.of(tag),
        MessageCodec.encodeHead(message),
        message.body());
  }

  private static TopicType typeOf(Message message) {
    if (message.liteTopic() != null) {
      return TopicType.LITE;
    }
    if (message.messageGroup() != null) {
      return TopicType.FIFO;
    }
    return message.priority() >= 0 ? TopicType.PRIORITY : TopicType.NORMAL;
  }

  private static String queueNameOf(Message message, TopicType type) {
    String liteTopic = message.liteTopic();
    String messageGroup = message.messageGroup();
    return switch (type) {
      case LITE -> liteTopic == null ? "" : liteTopic;
      case FIFO -> messageGroup == null ? "" : messageGroup;
      case PRIORITY -> "p" + message.priority();
      case NORMAL, DELAY, TRANSACTION -> "";
    };
  }

  /** Writes some of the bytes, head and body seen as one. */
  void copyTo(ByteWriter out, int from, int count) {
    int inHead = Math.clamp((long) head.length - from, 0, count);
    if (inHead > 0) {
      out.putBytes(head, from, inHead);
    }
    if (count > inHead) {
      body.copyTo(out, from + inHead - head.length, count - inHead);
    }
  }
}
