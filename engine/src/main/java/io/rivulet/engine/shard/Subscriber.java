package io.rivulet.engine.shard;

import java.util.ArrayDeque;

/**
 * Owned by the shard thread. Whoever takes messages from one ready set: a STANDARD group on a
 * topic, or one client of a LITE group.
 */
final class Subscriber {
  final Group group;

  /** The client of a LITE group; empty for a STANDARD group. */
  final String clientId;

  /** What it takes from: a topic, or the parent of its lite topics. */
  final String topic;

  final ReadySet ready;
  final ArrayDeque<WaitingPoll> polls = new ArrayDeque<>();

  /** Stands in the dispatcher's list of subscribers to serve. */
  boolean isToServe;

  /** There may be queues for it that its ready set had no room for: rows of the index only. */
  boolean misses;

  /** The number of the poll of its group that was served last and was its own. */
  long lastServed;

  /** It waits for {@link Refills}. */
  boolean isRefilled;

  /** The host was told that something is ready, and no poll has come since. */
  boolean isAnnounced;

  /** A poll that did not wait was there: until then it counts as one that polls. */
  long wantedUntilMillis;

  /** Its queues are strictly ordered: each goes to one client at a time. */
  final boolean isStrict;

  Subscriber(Group group, String topic, String clientId, boolean isStrict) {
    this.group = group;
    this.topic = topic;
    this.clientId = clientId;
    this.isStrict = isStrict;
    ready = new ReadySet(this, group.shares);
  }

  /** Somebody waits, or comes again and again without waiting. */
  boolean isWanted(long nowMillis) {
    return !polls.isEmpty() || nowMillis < wantedUntilMillis;
  }
}
