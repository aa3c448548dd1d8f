package io.rivulet.engine.shard;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Owned by the shard thread. What happens when a poll arrives. */
final class Polling {
  private Polling() {}

  static void poll(
      Rooms rooms, PollRequest request, CompletableFuture<Outcome<List<DeliveredMessage>>> reply) {
    Group group = rooms.catalog().group(request.group());
    if (group == null) {
      rooms
          .replies()
          .complete(
              reply,
              Outcome.refused(
                  RefusalCode.GROUP_NOT_FOUND,
                  "the consumer group '" + request.group() + "' does not exist"));
      return;
    }
    if (group.isBeingDeleted) {
      rooms.replies().complete(reply, Outcome.refused(Deletions.goingGroup(group)));
      return;
    }
    Client client = rooms.members().clients().seen(request.clientId());
    Topic topic = rooms.catalog().topic(request.topic());
    if (topic == null) {
      rooms.traffic().absent().await(request, reply);
      return;
    }
    Refusal refusal =
        rooms.recorder().hasRoomForProgress()
            ? rooms.office().administration().follow(group, topic, request.filter())
            : rooms.recorder().noRoom();
    if (refusal != null) {
      rooms.replies().complete(reply, Outcome.refused(refusal));
      return;
    }
    Subscriber subscriber = subscriber(rooms, group, topic, client);
    Outcome<List<DeliveredMessage>> refused = rooms.traffic().dispatcher().refusedFor(subscriber);
    if (refused != null) {
      rooms.replies().complete(reply, refused);
      return;
    }
    WaitingPoll poll = new WaitingPoll(request, reply, client, subscriber);
    List<Taker.Taken> again = granted(rooms, client, request);
    if (again == null) {
      rooms.traffic().dispatcher().await(poll);
    } else {
      rooms.traffic().dispatcher().deliverAgain(poll, again);
    }
  }

  private static Subscriber subscriber(Rooms rooms, Group group, Topic topic, Client client) {
    if (group.isByName()) {
      return rooms.members().liteSets().of(client, group).subscriber;
    }
    GroupTopic groupTopic = group.topics.get(topic.id);
    if (groupTopic == null) {
      throw new IllegalStateException(group.name() + " does not follow " + topic.name());
    }
    return groupTopic.subscriber;
  }

  private static @Nullable List<Taker.Taken> granted(
      Rooms rooms, Client client, PollRequest request) {
    return request.attemptId().isEmpty()
        ? null
        : rooms.traffic().dispatcher().granted(client, request.attemptId().get());
  }
}
