package io.rivulet.engine.topic;

/** The rule by which a topic's messages join queues (DESIGN: "One idea carries everything"). */
public enum TopicType {
  NORMAL,
  FIFO,
  LITE,
  PRIORITY,
  /** Like NORMAL; the type that the protocol wants for messages with a delivery time. */
  DELAY,
  /** Accepted by the protocol; refused for now with a clear message. */
  TRANSACTION;

  /**
   * Whether a message that belongs to the other type may be sent to a topic of this one: NORMAL and
   * DELAY differ in the protocol only.
   */
  public boolean takes(TopicType other) {
    boolean isPlain = this == NORMAL || this == DELAY;
    return this == other || (isPlain && (other == NORMAL || other == DELAY));
  }

  /** Whether a group may hold only one outstanding batch of a queue at a time. */
  public boolean isStrictlyOrdered() {
    return this == FIFO || this == LITE;
  }
}
