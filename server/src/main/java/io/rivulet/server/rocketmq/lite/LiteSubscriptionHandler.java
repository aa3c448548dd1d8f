package io.rivulet.server.rocketmq.lite;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.LiteSubscriptionAction;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import apache.rocketmq.v2.SyncLiteSubscriptionResponse;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.lite.SubscriptionChange.Action;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.connection.ClientRegistry;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import io.rivulet.server.rocketmq.group.GroupAdmission;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: stateless. Changes which lite topics a client follows.
 *
 * <p>Clients send single additions and removals as their applications make them, and a full list
 * every 30 seconds, which renews the subscriptions and brings them back after a restart of either
 * side. A full list may cross a single change on its way, and Node's lists again what it lost to an
 * exclusive owner (trap 15); the engine, which knows both, lets neither undo the other.
 */
public final class LiteSubscriptionHandler {
  /** What a request may name beyond the client's quota, as in the reference. */
  private static final int QUOTA_SLACK = 300;

  private final Engine engine;
  private final ClientRegistry clients;
  private final GroupAdmission groups;

  public LiteSubscriptionHandler(Engine engine, ClientRegistry clients, GroupAdmission groups) {
    this.engine = engine;
    this.clients = clients;
    this.groups = groups;
  }

  /** Adds to, removes from, replaces or clears the caller's lite topics. */
  public void sync(
      SyncLiteSubscriptionRequest request, StreamObserver<SyncLiteSubscriptionResponse> observer) {
    Caller caller = Caller.current();
    String group = caller.qualified(request.getGroup());
    String topic = caller.qualified(request.getTopic());
    Optional<Status> problem = check(request, caller, group, topic);
    if (problem.isPresent()) {
      Replies.send(observer, response(problem.get()));
      return;
    }
    Optional<ConnectedClient> takenUp = clients.takeUp(caller);
    if (takenUp.isEmpty()) {
      Replies.send(observer, response(Statuses.TOO_MANY_CLIENTS));
      return;
    }
    ConnectedClient client = takenUp.get();
    client.setFollowsLiteTopics();
    SubscriptionChange change = change(request, client, group, topic);
    Replies.sendWhenDone(
        apply(client, change),
        observer,
        outcome -> response(status(outcome)),
        LiteSubscriptionHandler::response);
  }

  private CompletableFuture<Outcome<Integer>> apply(
      ConnectedClient client, SubscriptionChange change) {
    if (client.group().equals(Optional.of(change.group()))
        && engine.group(change.group()).isPresent()) {
      return engine.changeSubscription(change);
    }
    return groups
        .admit(client, GroupDefinition.lite(change.group(), change.topic()), Map.of())
        .thenCompose(admitted ->
            admitted instanceof Outcome.Refused<GroupDefinition> refused
                ? CompletableFuture.completedFuture(Outcome.refused(refused.refusal()))
                : engine.changeSubscription(change));
  }

  private static SubscriptionChange change(
      SyncLiteSubscriptionRequest request, ConnectedClient client, String group, String topic) {
    Action action = action(request.getAction());
    return new SubscriptionChange(
        group,
        client.id(),
        topic,
        action,
        Set.copyOf(request.getLiteTopicSetList()),
        // A full list renews, it never moves anything.
        action == Action.ADD ? OffsetOptions.parse(request) : Optional.empty());
  }

  private static Status status(Outcome<Integer> outcome) {
    return outcome instanceof Outcome.Refused<Integer> refused
        ? Statuses.of(refused.refusal())
        : Statuses.OK;
  }

  private Optional<Status> check(
      SyncLiteSubscriptionRequest request, Caller caller, String group, String topic) {
    if (caller.isAnonymous()) {
      return Optional.of(Statuses.CLIENT_ID_REQUIRED);
    }
    return Names.checkGroup(group)
        .or(() -> Names.checkTopic(topic))
        .or(() -> checkBinding(group, topic))
        .or(() -> checkAction(request))
        .or(() -> checkQuota(request, group))
        .or(() -> checkNames(request))
        .or(() -> OffsetOptions.check(request));
  }

  private Optional<Status> checkBinding(String group, String topic) {
    Optional<GroupDefinition> definition = engine.group(group);
    if (definition.isEmpty()) {
      return Optional.empty();
    }
    if (definition.get().kind() != GroupKind.LITE) {
      return Optional.of(
          Statuses.of(
              Code.ILLEGAL_CONSUMER_GROUP,
              "the group '" + group + "' is not LITE, it can't follow lite topics"));
    }
    String bound = definition.get().boundTopic().orElse("");
    return bound.equals(topic)
        ? Optional.empty()
        : Optional.of(
            Statuses.of(
                Code.ILLEGAL_TOPIC,
                "the group '" + group + "' is bound to the topic '" + bound + "', not " + topic));
  }

  private static Optional<Status> checkAction(SyncLiteSubscriptionRequest request) {
    return request.getAction() == LiteSubscriptionAction.UNRECOGNIZED
        ? Optional.of(Statuses.of(Code.BAD_REQUEST, "unknown action " + request.getActionValue()))
        : Optional.empty();
  }

  private Optional<Status> checkQuota(SyncLiteSubscriptionRequest request, String group) {
    int quota =
        engine
            .group(group)
            .map(GroupDefinition::liteSubscriptionQuota)
            .orElse(GroupDefinition.DEFAULT_LITE_SUBSCRIPTION_QUOTA);
    // In long: a quota may be as large as an int goes.
    return request.getLiteTopicSetCount() <= (long) quota + QUOTA_SLACK
        ? Optional.empty()
        : Optional.of(
            Statuses.of(
                Code.LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
                request.getLiteTopicSetCount()
                    + " lite topics in one request are too many, a client of the group '"
                    + group
                    + "' may follow "
                    + quota));
  }

  private static Optional<Status> checkNames(SyncLiteSubscriptionRequest request) {
    for (String name : request.getLiteTopicSetList()) {
      Optional<Status> problem = Names.checkLiteTopic(name);
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  /** Trap 9: no action is PARTIAL_ADD, and a full list may well be empty. */
  private static Action action(LiteSubscriptionAction action) {
    return switch (action) {
      case PARTIAL_ADD, UNRECOGNIZED -> Action.ADD;
      case PARTIAL_REMOVE -> Action.REMOVE;
      case COMPLETE_ADD -> Action.REPLACE;
      case COMPLETE_REMOVE -> Action.CLEAR;
    };
  }

  private static SyncLiteSubscriptionResponse response(Status status) {
    return SyncLiteSubscriptionResponse.newBuilder().setStatus(status).build();
  }
}
