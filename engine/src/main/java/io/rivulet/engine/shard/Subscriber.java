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

  /** Its queues are strictly ordered: each goes to one client at a time. */
  final boolean isStrict;

  Subscriber(Group group, String clientId, boolean isStrict) {
    this.group = group;
    this.clientId = clientId;
    this.isStrict = isStrict;
    ready = new ReadySet(this, group.shares);
  }
}
