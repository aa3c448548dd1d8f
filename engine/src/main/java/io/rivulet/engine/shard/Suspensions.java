package io.rivulet.engine.shard;

import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Suspends lite topics for a group: nothing of them is handed out until
 * a time. What is leased stays so and may be acknowledged; attempts do not grow, since nothing is
 * delivered. A record, so it survives a restart.
 */
final class Suspensions {
  private static final Duration MAX = Duration.ofDays(30);

  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final ShardClock clock;
  private final Dispatcher dispatcher;

  Suspensions(ShardState state, Dispatcher dispatcher) {
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    clock = state.clock();
    this.dispatcher = dispatcher;
  }

  /**
   * Suspends a lite topic from now on, whatever held before.
   *
   * @param length zero: it is resumed
   */
  void suspend(
      String groupName,
      String topicName,
      String liteTopic,
      Duration length,
      Consumer<Outcome<Instant>> reply) {
    Group group = catalog.group(groupName);
    Topic topic = catalog.topic(topicName);
    Refusal refusal = check(groupName, topicName, length);
    if (refusal != null || group == null || topic == null) {
      reply.accept(
          Outcome.refused(
              refusal == null ? new Refusal(RefusalCode.UNAVAILABLE, "gone meanwhile") : refusal));
      return;
    }
    Queue queue = queues.byName(topic, liteTopic);
    GroupTopic groupTopic = group.topics.get(topic.id);
    if (queue == null || groupTopic == null || !groupTopic.mayFollow(liteTopic)) {
      reply.accept(
          queue == null
              ? Outcome.refused(
                  RefusalCode.LITE_TOPIC_NOT_FOUND,
                  "the topic '" + topicName + "' has no lite topic '" + liteTopic + "' (now)")
              : Outcome.refused(
                  RefusalCode.GROUP_MISMATCH,
                  "the group '" + groupName + "' does not follow '" + liteTopic + "'"));
      return;
    }
    long until = length.isZero() ? 0 : clock.millis() + length.toMillis();
    recorder.record(new Change.QueueSuspended(group.id, queue.id, until));
    dispatcher.touch(queues.progress(groupTopic, queue));
    Instant end = Instant.ofEpochMilli(clock.wallMillis()).plus(length);
    recorder.whenDurable(() -> reply.accept(Outcome.ok(end)));
  }

  private @Nullable Refusal check(String groupName, String topicName, Duration length) {
    Group group = catalog.group(groupName);
    Topic topic = catalog.topic(topicName);
    if (topic == null) {
      return new Refusal(
          RefusalCode.TOPIC_NOT_FOUND, "the topic '" + topicName + "' does not exist");
    }
    if (group == null) {
      return new Refusal(
          RefusalCode.GROUP_NOT_FOUND, "the consumer group '" + groupName + "' does not exist");
    }
    if (topic.type() != TopicType.LITE) {
      return new Refusal(
          RefusalCode.TYPE_MISMATCH,
          "the topic '" + topicName + "' is " + topic.type() + " and has no lite topics");
    }
    if (group.definition().kind() != GroupKind.LITE || !group.topics.containsKey(topic.id)) {
      return new Refusal(
          RefusalCode.GROUP_MISMATCH,
          "the group '" + groupName + "' does not follow lite topics of '" + topicName + "'");
    }
    if (length.isNegative() || length.compareTo(MAX) > 0) {
      return new Refusal(
          RefusalCode.ILLEGAL_ARGUMENT,
          "a lite topic is suspended for 0 to " + MAX.toDays() + " days, not for " + length);
    }
    return recorder.hasRoomForProgress() ? null : recorder.noRoom();
  }
}
