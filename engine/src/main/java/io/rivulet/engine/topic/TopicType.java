package io.rivulet.engine.topic;

/** The rule by which a topic's messages join queues (DESIGN: "One idea carries everything"). */
public enum TopicType {
  NORMAL,
  FIFO,
  LITE,
  PRIORITY,
  /** Accepted by the protocol; refused for now with a clear message. */
  DELAY,
  /** Accepted by the protocol; refused for now with a clear message. */
  TRANSACTION;

  /** Whether a group may hold only one outstanding batch of a queue at a time. */
  public boolean isStrictlyOrdered() {
    return this == FIFO || this == LITE;
  }
}
