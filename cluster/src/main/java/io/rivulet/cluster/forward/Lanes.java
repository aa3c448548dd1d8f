package io.rivulet.cluster.forward;

import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamCreation;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: no state. What must keep its order with what: calls that bring something
 * into the same lite topic or message group are in the same lane, of 64. No lane: nothing it has to
 * wait for.
 */
final class Lanes {
  private Lanes() {}

  /** As a set of bits. */
  static long of(@Nullable Object @Nullable [] arguments) {
    long lanes = 0;
    if (arguments != null) {
      for (Object each : arguments) {
        lanes |= of(each);
      }
    }
    return lanes;
  }

  private static long of(@Nullable Object value) {
    return switch (value) {
      case StreamAppend append -> lane(append.topic(), append.liteTopic());
      case StreamCreation creation -> lane(creation.topic(), creation.liteTopic());
      case Message message -> lane(message.topic(), nameIn(message));
      case Collection<?> several -> {
        long lanes = 0;
        for (Object each : several) {
          lanes |= of(each);
        }
        yield lanes;
      }
      case null, default -> 0;
    };
  }

  private static @Nullable String nameIn(Message message) {
    return message.liteTopic() != null ? message.liteTopic() : message.messageGroup();
  }

  private static long lane(String topic, @Nullable String name) {
    return name == null ? 0 : 1L << Hash.mix(31L * topic.hashCode() + name.hashCode());
  }
}
