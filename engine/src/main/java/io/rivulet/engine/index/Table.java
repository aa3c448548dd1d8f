package io.rivulet.engine.index;

/**
 * The tables of the index. A table's {@code prefixBytes} is the length of the key prefix within
 * which scans stay (0: no such promise); implementations may build a bloom filter on it.
 */
public enum Table {
  /** Single values: counters, high-water marks, the snapshot's own facts. */
  META(0),
  /** Topic id → definition. */
  TOPIC(0),
  /** Group id → definition. */
  GROUP(0),
  /** (group id, topic id) → where the group starts on the topic, and its filter. */
  GROUP_TOPIC(8),
  /** (topic id, name) → queue id. */
  QUEUE_NAME(8),
  /** Queue id → its state. */
  QUEUE(8),
  /** (queue id, first offset) → a run of messages in the log. */
  ENTRY(8),
  /** (queue id, group id) → a group's progress on a queue, leases included. */
  PROGRESS(8),
  /** (group id, queue id): something there is undelivered or unacknowledged. */
  PENDING(8),
  /** (topic id, lite topic name, group id, client id) → subscription. */
  SUBSCRIBER(8),
  /** (group id, client id, lite topic name) → topic id; the same subscriptions by client. */
  SUBSCRIPTION(8),
  /** (group id, client id) → how many lite topics the client follows, and a fingerprint of them. */
  LITE_SET(8),
  /** (epoch millis, queue id): when to look whether a lite topic has expired. */
  EXPIRY(0),
  /** Slot → recent message ids, for the recognition of repeated sends. */
  RECENT_ID(0),
  /** Subscription to streams → what it is, and how far its current wake is. */
  STREAM_SUBSCRIPTION(0),
  /** (subscription, queue id) → up to where the subscriber is done, and whether there is more. */
  STREAM_LINK(8),
  /** (subscription, queue id): the stream has something for the subscriber. */
  STREAM_PENDING(8),
  /** (due epoch millis, parking queue id, offset) → where it stands in the log, and its bytes. */
  PARKED(0),
  /** (position in the log, parking queue id, offset) → when it is due; the same messages. */
  PARKED_AT(0);

  private final int prefixBytes;

  Table(int prefixBytes) {
    this.prefixBytes = prefixBytes;
  }

  public int prefixBytes() {
    return prefixBytes;
  }
}
