package io.rivulet.engine.message;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. What a producer sent.
 *
 * @param id the producer's, unique, at most 255 bytes in UTF-8; a repeated send carries the same
 * @param messageGroup FIFO: the queue it joins
 * @param liteTopic LITE: the queue it joins
 * @param priority from 0, higher first; -1: none
 * @param bornMillis the producer's clock, milliseconds since the epoch
 * @param origin only on dead letters: where the message came from
 * @param deliverAtMillis nobody gets it before, milliseconds since the epoch; 0: at once
 */
public record Message(
    String topic,
    String id,
    Body body,
    boolean gzip,
    @Nullable String tag,
    List<String> keys,
    Map<String, String> properties,
    @Nullable String messageGroup,
    @Nullable String liteTopic,
    int priority,
    long bornMillis,
    String bornHost,
    @Nullable String traceContext,
    @Nullable Origin origin,
    long deliverAtMillis) {

  public static final int NO_PRIORITY = -1;

  /**
   * Where a dead letter comes from and why it is one.
   *
   * @param reason a sentence for people
   */
  public record Origin(String topic, String messageId, String group, String reason) {}

  /** The same with this body. */
  public Message with(Body other) {
    return new Message(
        topic,
        id,
        other,
        gzip,
        tag,
        keys,
        properties,
        messageGroup,
        liteTopic,
        priority,
        bornMillis,
        bornHost,
        traceContext,
        origin,
        deliverAtMillis);
  }

  public static Builder builder(String topic, String id, byte[] body) {
    return new Builder(topic, id, Body.of(body));
  }

  public static Builder builder(String topic, String id, Body body) {
    return new Builder(topic, id, body);
  }

  /** Owned by one thread. */
  public static final class Builder {
    private final String topic;
    private final String id;
    private final Body body;
    private boolean gzip;
    private @Nullable String tag;
    private List<String> keys = List.of();
    private Map<String, String> properties = Map.of();
    private @Nullable String messageGroup;
    private @Nullable String liteTopic;
    private int priority = NO_PRIORITY;
    private long bornMillis;
    private String bornHost = "";
    private @Nullable String traceContext;
    private @Nullable Origin origin;
    private long deliverAtMillis;

    private Builder(String topic, String id, Body body) {
      this.topic = topic;
      this.id = id;
      this.body = body;
    }

    public Builder gzip(boolean value) {
      gzip = value;
      return this;
    }

    public Builder tag(@Nullable String value) {
      tag = value;
      return this;
    }

    public Builder keys(List<String> value) {
      keys = List.copyOf(value);
      return this;
    }

    public Builder properties(Map<String, String> value) {
      properties = Map.copyOf(value);
      return this;
    }

    public Builder messageGroup(@Nullable String value) {
      messageGroup = value;
      return this;
    }

    public Builder liteTopic(@Nullable String value) {
      liteTopic = value;
      return this;
    }

    public Builder priority(int value) {
      priority = value;
      return this;
    }

    public Builder born(long millis, String host) {
      bornMillis = millis;
      bornHost = host;
      return this;
    }

    public Builder traceContext(@Nullable String value) {
      traceContext = value;
      return this;
    }

    public Builder origin(@Nullable Origin value) {
      origin = value;
      return this;
    }

    /** Nobody gets it before; 0, or a time that is past: at once. */
    public Builder deliverAt(long millis) {
      deliverAtMillis = millis;
      return this;
    }

    public Message build() {
      return new Message(
          topic,
          id,
          body,
          gzip,
          tag,
          keys,
          properties,
          messageGroup,
          liteTopic,
          priority,
          bornMillis,
          bornHost,
          traceContext,
          origin,
          deliverAtMillis);
    }
  }
}
