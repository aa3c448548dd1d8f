package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.topic.TopicType;

/**
 * Immutable. A message on its way into the log: encoded on the sender's thread, so that the shard
 * only copies bytes, those before the body and the body itself.
 *
 * @param type the topic type that a message of this kind belongs to
 * @param queueName the queue that it joins; empty: whichever is next
 * @param idHash by which a repeated send is recognised
 * @param tagHash 0: no tag
 * @param demand how it wants to be served
 * @param deliverAtMillis it joins the queue then, milliseconds since the epoch; 0: at once
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
record Draft(
    String messageId,
    TopicType type,
    String queueName,
    Demand demand,
    long idHash,
    long tagHash,
    long deliverAtMillis,
    byte[] head,
    Body body) {

  /** Bytes in the log. */
  int sizeBytes() {
    return head.length + body.size();
  }

  /** The priority of a queue that it makes. */
  int priority() {
    return Math.max(0, demand.priority());
  }

  static Draft of(Message message, Demand demand) {
    return of(message, demand, Hash.of(message.id(), Hash.of(message.topic())));
  }

  static Draft of(Message message, Demand demand, long idHash) {
    String tag = message.tag();
    TopicType type = typeOf(message);
    return new Draft(
        message.id(),
        type,
        queueNameOf(message, type, demand.key()),
        type == TopicType.PRIORITY ? demand.with(message.priority()) : demand,
        idHash,
        tag == null ? 0 : Hash.of(tag),
        message.deliverAtMillis(),
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
        Demand.NONE,
        idHash,
        tag == null ? 0 : Hash.of(tag),
        0,
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
    if (message.priority() >= 0) {
      return TopicType.PRIORITY;
    }
    return message.deliverAtMillis() == 0 ? TopicType.NORMAL : TopicType.DELAY;
  }

  /** Each fairness key has queues of its own, so that none waits behind another one's messages. */
  private static String queueNameOf(Message message, TopicType type, String key) {
    String liteTopic = message.liteTopic();
    String messageGroup = message.messageGroup();
    return switch (type) {
      case LITE -> liteTopic == null ? "" : liteTopic;
      case FIFO -> messageGroup == null ? "" : messageGroup;
      case PRIORITY -> "p" + message.priority() + (key.isEmpty() ? "" : "/" + key);
      case NORMAL, DELAY -> key.isEmpty() ? "" : "k/" + key;
      case TRANSACTION -> "";
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
