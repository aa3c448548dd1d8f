package io.rivulet.server.rocketmq.send;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SystemProperties;
import io.rivulet.engine.Engine;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.util.Optional;

/**
 * Safe for all threads: stateless. The protocol tells topics for messages with a delivery time from
 * those for messages without, which to the engine are one; so it is said here.
 */
final class DelayRules {
  private final Engine engine;

  DelayRules(Engine engine) {
    this.engine = engine;
  }

  Optional<Status> check(String topic, SystemProperties system) {
    TopicType type = engine.topic(topic).map(TopicDefinition::type).orElse(null);
    if (system.hasDeliveryTimestamp()) {
      return type == TopicType.NORMAL
          ? conflict(
              "the topic '%s' is NORMAL: by this protocol a message with a delivery time belongs to"
                      .formatted(topic)
                  + " a DELAY topic")
          : Optional.empty();
    }
    return type == TopicType.DELAY
        ? conflict(
            "the topic '%s' is DELAY: by this protocol its messages have a delivery time"
                .formatted(topic))
        : Optional.empty();
  }

  private static Optional<Status> conflict(String message) {
    return Optional.of(Statuses.of(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE, message));
  }

  /** When the message is to be delivered; 0: at once. What is past is now. */
  static long deliverAtMillis(SystemProperties system) {
    return system.hasDeliveryTimestamp()
        ? Math.max(1, ProtocolTimes.epochMillis(system.getDeliveryTimestamp()))
        : 0;
  }
}
