package io.rivulet.engine.shard;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.group.SubscriptionModel;
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

  Group(long id, GroupDefinition definition) {
    this.id = id;
    this.definition = definition;
  }

  GroupDefinition definition() {
    return definition;
  }

  void define(GroupDefinition changed) {
    definition = changed;
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
