package io.rivulet.server.rocketmq.connection;

import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.NotifyClientTerminationResponse;
import apache.rocketmq.v2.Status;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Optional;

/** Safe for all threads: stateless. Signs of life and goodbyes. */
public final class HeartbeatHandler {
  private final Engine engine;
  private final ClientRegistry clients;

  public HeartbeatHandler(Engine engine, ClientRegistry clients) {
    this.engine = engine;
    this.clients = clients;
  }

  /**
   * Keeps the client's leases and subscriptions alive. A client that is not known is taken up
   * again, so that a restart of the server goes unnoticed.
   */
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> observer) {
    Status status = accept(request, Caller.current());
    Replies.send(observer, HeartbeatResponse.newBuilder().setStatus(status).build());
  }

  /** Ends the client's leases and subscriptions. */
  public void terminate(
      NotifyClientTerminationRequest request,
      StreamObserver<NotifyClientTerminationResponse> observer) {
    Caller caller = Caller.current();
    Status status = Statuses.OK;
    if (caller.isAnonymous()) {
      status = Statuses.CLIENT_ID_REQUIRED;
    } else {
      // Trap 14: the group is not looked at, Go's producers send one with an empty name.
      clients.remove(caller.clientId());
      engine.clientGone(caller.clientId());
    }
    Replies.send(observer, NotifyClientTerminationResponse.newBuilder().setStatus(status).build());
  }

  private Status accept(HeartbeatRequest request, Caller caller) {
    if (caller.isAnonymous()) {
      // Trap 14: Go's broken telemetry streams send a heartbeat without any metadata; this answer
      // is what makes them reconnect.
      return Statuses.CLIENT_ID_REQUIRED;
    }
    Optional<ConnectedClient> known = clients.takeUp(caller);
    if (known.isEmpty()) {
      return Statuses.TOO_MANY_CLIENTS;
    }
    ConnectedClient client = known.get();
    Optional<Status> problem = join(client, request, caller);
    if (problem.isPresent()) {
      return problem.get();
    }
    if (!engine.clientAlive(client.id())) {
      engine.clientSeen(client.info());
    }
    return Statuses.OK;
  }

  private Optional<Status> join(ConnectedClient client, HeartbeatRequest request, Caller caller) {
    return switch (request.getClientType()) {
      case PRODUCER -> Optional.empty();
      case PUSH_CONSUMER, SIMPLE_CONSUMER, PULL_CONSUMER ->
          join(client, caller.qualified(request.getGroup()), GroupKind.STANDARD);
      case LITE_PUSH_CONSUMER, LITE_SIMPLE_CONSUMER ->
          join(client, caller.qualified(request.getGroup()), GroupKind.LITE);
      case CLIENT_TYPE_UNSPECIFIED, UNRECOGNIZED ->
          Optional.of(
              Statuses.of(
                  Code.UNRECOGNIZED_CLIENT_TYPE,
                  "the heartbeat names no known client type, allowed are "
                      + ClientType.PRODUCER
                      + " to "
                      + ClientType.LITE_SIMPLE_CONSUMER));
    };
  }

  private Optional<Status> join(ConnectedClient client, String group, GroupKind kind) {
    Optional<Status> illegal = Names.checkGroup(group);
    if (illegal.isPresent()) {
      return illegal;
    }
    Optional<GroupDefinition> definition = engine.group(group);
    if (definition.isPresent() && definition.get().kind() != kind) {
      return Optional.of(
          Statuses.of(
              Code.ILLEGAL_CONSUMER_GROUP,
              "the group '"
                  + group
                  + "' is "
                  + definition.get().kind()
                  + ", a consumer of this type needs one that is "
                  + kind));
    }
    if (client.join(group)) {
      engine.clientSeen(client.info());
    }
    return Optional.empty();
  }
}
