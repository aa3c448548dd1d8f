package io.rivulet.engine.group;

import java.util.List;

/**
 * Immutable. A group as described to people and programs.
 *
 * @param clients the clients connected now
 */
public record GroupView(
    GroupDefinition definition, List<TopicProgress> topics, List<String> clients) {

  /**
   * A group's progress on one topic, over all its queues in memory or pending.
   *
   * @param backlog messages not yet acknowledged
   * @param leased of these, handed out now
   */
  public record TopicProgress(String topic, Filter filter, long backlog, long leased) {}
}
