package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Owned by the shard thread. Moves the place of a group: in one queue, or in all of a topic. */
final class Resets {
  /** Queues done per step: each is loaded, and a place by time is searched for. */
  private static final int QUEUES_PER_STEP = 128;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Recorder recorder;
  private final Rows rows;
  private final Dispatcher dispatcher;
  private final Offsets offsets;
  private final Errands errands;

  Resets(ShardState state, Rows rows, Dispatcher dispatcher, Offsets offsets, Errands errands) {
    catalog = state.catalog();
    queues = state.queues();
    recorder = state.recorder();
    this.rows = rows;
    this.dispatcher = dispatcher;
    this.offsets = offsets;
    this.errands = errands;
  }

  void reset(
      String groupName,
      String topicName,
      Optional<String> liteTopic,
      OffsetOption to,
      Consumer<Outcome<Integer>> reply) {
    Group group = catalog.group(groupName);
    Topic topic = catalog.topic(topicName);
    GroupTopic groupTopic = group == null || topic == null ? null : group.topics.get(topic.id);
    if (groupTopic == null) {
      reply.accept(
          topic == null
              ? Deletions.noTopic(topicName)
              : group == null
                  ? Deletions.noGroup(groupName)
                  : Outcome.refused(
                      RefusalCode.GROUP_MISMATCH,
                      "the group '" + groupName + "' does not follow '" + topicName + "'"));
    } else if (liteTopic.isPresent()) {
      resetOne(groupTopic, liteTopic.get(), to, reply);
    } else {
      errands.begin(new OfTopic(groupTopic, to, reply));
    }
  }

  private void resetOne(
      GroupTopic groupTopic, String name, OffsetOption to, Consumer<Outcome<Integer>> reply) {
    Queue queue = queues.byName(groupTopic.topic, name);
    if (queue == null) {
      reply.accept(
          Outcome.refused(
              RefusalCode.LITE_TOPIC_NOT_FOUND,
              "there is no '" + name + "' in the topic '" + groupTopic.topic.name() + "'"));
    } else if (!groupTopic.mayFollow(name)) {
      reply.accept(
          Outcome.refused(
              RefusalCode.GROUP_MISMATCH,
              "the group '"
                  + groupTopic.group.name()
                  + "' follows "
                  + Administration.describeFollowed(groupTopic.group.definition())
                  + ", not '"
                  + name
                  + "'"));
    } else if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(recorder.noRoom()));
    } else {
      reset(groupTopic, queue, to);
      recorder.whenDurable(() -> reply.accept(Outcome.ok(1)));
    }
  }

  private void reset(GroupTopic groupTopic, Queue queue, OffsetOption to) {
    Progress progress = queues.progress(groupTopic, queue);
    long offset = offsets.resolve(queue, to);
    if (offset != Offsets.UNCHANGED) {
      recorder.record(new Change.ProgressReset(groupTopic.group.id, queue.id, offset));
      dispatcher.touch(progress);
    }
  }

  /** Owned by the shard thread. A reset in all queues of a topic that the group may follow. */
  private final class OfTopic implements Errands.Errand {
    private final GroupTopic groupTopic;
    private final OffsetOption to;
    private final Consumer<Outcome<Integer>> reply;
    private final byte[] end;
    private byte[] cursor;
    private int count;

    OfTopic(GroupTopic groupTopic, OffsetOption to, Consumer<Outcome<Integer>> reply) {
      this.groupTopic = groupTopic;
      this.to = to;
      this.reply = reply;
      cursor =
          Keys.prefix(groupTopic.topic.id, groupTopic.group.definition().litePrefix().orElse(""));
      end = Keys.after(cursor);
    }

    @Override
    public boolean step() {
      if (groupTopic.isGone()) {
        refuse(
            new Refusal(
                groupTopic.topic.isDeleted
                    ? RefusalCode.TOPIC_NOT_FOUND
                    : RefusalCode.GROUP_NOT_FOUND,
                "the group or the topic was deleted meanwhile"));
        return false;
      }
      List<Long> found = new ArrayList<>(QUEUES_PER_STEP);
      rows.scan(
          Table.QUEUE_NAME,
          cursor,
          end,
          (key, value) -> {
            found.add(Keys.longAt(value, 0));
            cursor = Keys.after(key);
            return found.size() < QUEUES_PER_STEP;
          });
      for (long queueId : found) {
        if (!recorder.hasRoomForProgress()) {
          refuse(recorder.noRoom());
          return false;
        }
        reset(queueId);
      }
      if (found.size() == QUEUES_PER_STEP) {
        return true;
      }
      recorder.whenDurable(() -> reply.accept(Outcome.ok(count)));
      return false;
    }

    private void reset(long queueId) {
      Queue queue = queues.byId(queueId);
      if (queue != null) {
        Resets.this.reset(groupTopic, queue, to);
        queues.release(queue);
        count++;
      }
    }

    @Override
    public void refuse(Refusal reason) {
      reply.accept(Outcome.refused(reason));
    }
  }
}
