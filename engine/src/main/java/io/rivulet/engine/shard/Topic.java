package io.rivulet.engine.shard;

import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.util.ArrayList;
import java.util.List;

/** Owned by the shard thread, but for the definition, which all threads may read. */
final class Topic {
  final long id;
  final List<GroupTopic> followers = new ArrayList<>();

  /** Which queue a NORMAL topic's next send joins. */
  int nextQueue;

  private volatile TopicDefinition definition;

  Topic(long id, TopicDefinition definition) {
    this.id = id;
    this.definition = definition;
  }

  TopicDefinition definition() {
    return definition;
  }

  void define(TopicDefinition changed) {
    definition = changed;
  }

  String name() {
    return definition.name();
  }

  TopicType type() {
    return definition.type();
  }
}
