package io.rivulet.engine.shard;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.limit.LimitDesk;
import io.rivulet.engine.time.ShardClock;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Owned by the shard thread, but for the definition, which all threads may read. */
final class Group {
  final long id;

  /** By topic id: what the group follows. */
  final Map<Long, GroupTopic> topics = new HashMap<>();

  /** The row of what is pending at which {@link Refills} goes on; null: at the first. */
  byte @Nullable [] refillFrom;

  /** It is going to be deleted: it follows nothing new and polls no more. */
  boolean isBeingDeleted;

  /** It is gone, and its progress is, whatever of it is still in memory. */
  boolean isDeleted;

  private volatile GroupDefinition definition;

  /** What holds it back. */
  final Gates gates;

  /** What is handed out of it in a second. */
  final ServedRates rates = new ServedRates();

  /** What its fairness keys were handed. */
  final Shares shares;

  Group(long id, GroupDefinition definition, ShardClock clock) {
    this(id, definition, clock, null);
  }

  /**
   * Makes a group.
   *
   * @param desk where it asks for what it may take, if other shards serve it as well
   */
  Group(long id, GroupDefinition definition, ShardClock clock, @Nullable LimitDesk desk) {
    this.id = id;
    this.definition = definition;
    // Those of other kinds are served where their topics are, each in one shard.
    LimitDesk own = definition.kind() == GroupKind.LITE ? desk : null;
    gates = new Gates(this, definition.scheduling(), clock, own);
    shares = new Shares(definition.scheduling(), gates);
  }

  GroupDefinition definition() {
    return definition;
  }

  /** Its ready sets must be empty if the scheduling changes ({@link Dispatcher#reshare}). */
  void define(GroupDefinition changed) {
    boolean isOther = !changed.scheduling().equals(definition.scheduling());
    definition = changed;
    if (isOther) {
      gates.rules(changed.scheduling());
      shares.rules(changed.scheduling());
    }
  }

  String name() {
    return definition.name();
  }

  boolean isLite() {
    return definition.kind() == GroupKind.LITE;
  }

  /** Its clients follow lite topics by name, and each has a ready set of its own. */
  boolean isByName() {
    return isLite() && definition.litePrefix().isEmpty();
  }

  boolean isExclusive() {
    return definition.model() == SubscriptionModel.EXCLUSIVE;
  }
}
