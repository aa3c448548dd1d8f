package io.rivulet.engine.shard;

import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Immutable. Which shard everything is in where there are so many: the rules by which requests are
 * routed.
 */
record TransferPlaces(int shards) {
  /** Of copies for forks: forks take along what they begin with. */
  private static final int NOWHERE = -1;

  /** Of a dead letter, so much is read for what precedes its body. */
  static final int HEAD_BYTES = 64 << 10;

  private static final Body.Source NO_BODY =
      _ -> {
        throw new IOException("only the head of this message was read");
      };

  static boolean isOfDeadLetters(Topic topic) {
    return topic.knownName().startsWith(Names.DEAD_LETTER_PREFIX);
  }

  /** Whether the topic has queues in every shard. */
  static boolean isSpread(Topic topic) {
    return topic.type() == TopicType.LITE || isOfDeadLetters(topic);
  }

  /**
   * The shard of a queue that has a place of its own: not one of dead letters.
   *
   * @param topic that people know: of what waits for its time, the one that it will join
   */
  int of(Topic topic, String queueName) {
    if (topic.isCopies) {
      return NOWHERE;
    }
    return topic.type() == TopicType.LITE
        ? ShardNumber.ofLite(topic.knownName(), queueName, shards)
        : ShardNumber.ofTopic(topic.knownName(), shards);
  }

  /**
   * Dead letters are where the messages came from.
   *
   * @param head at least all that precedes the body
   * @param sizeBytes of the whole message
   */
  int ofDeadLetter(ByteBuffer head, long sizeBytes, long position) throws CorruptLogException {
    if (shards == 1) {
      return 0;
    }
    Message letter = MessageCodec.decodeHead(head, sizeBytes, NO_BODY, position);
    Message.Origin origin = letter.origin();
    String topic = origin == null ? letter.topic() : origin.topic();
    String lite = letter.liteTopic();
    return lite == null
        ? ShardNumber.ofTopic(topic, shards)
        : ShardNumber.ofLite(topic, lite, shards);
  }
}
