package io.rivulet.engine.message;

import java.util.Map;
import java.util.Optional;

/**
 * Immutable. Where the answer to a request goes, as the request says in its properties: a lite
 * topic of a LITE topic. If the request is cancelled while somebody works on it, a message with the
 * tag {@link #CANCELLED_TAG} appears there, so that the worker, who writes there, can stop.
 */
public record ReplyAddress(String topic, String liteTopic) {
  public static final String TOPIC_PROPERTY = "rivulet-reply-topic";
  public static final String LITE_TOPIC_PROPERTY = "rivulet-reply-lite-topic";

  /** The tag of the message that says that a request was cancelled. */
  public static final String CANCELLED_TAG = "rivulet-cancelled";

  /** The property of that message that holds the id of the request. */
  public static final String CANCELLED_ID_PROPERTY = "rivulet-cancelled-message-id";

  /** Empty unless the request names both. */
  public static Optional<ReplyAddress> of(Map<String, String> properties) {
    String topic = properties.getOrDefault(TOPIC_PROPERTY, "");
    String liteTopic = properties.getOrDefault(LITE_TOPIC_PROPERTY, "");
    return topic.isEmpty() || liteTopic.isEmpty()
        ? Optional.empty()
        : Optional.of(new ReplyAddress(topic, liteTopic));
  }
}
