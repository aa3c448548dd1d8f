package io.rivulet.server.rocketmq.route;

import apache.rocketmq.v2.Assignment;
import apache.rocketmq.v2.Broker;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Endpoints;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.Permission;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.Status;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.connection.ClientRegistry;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Replies;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Safe for all threads: stateless. Tells clients where a topic is: one queue, with id 0, at this
 * server, under the address that the client came by; in a cluster one more at every other node,
 * since all of them answer alike.
 *
 * <p>Trap 16: the queues that clients see mean nothing; every message is placed by the engine, by
 * lite topic, message group or priority, since the client families hash in four different ways.
 */
public final class RouteHandler {
  private static final List<MessageType> ALL_TYPES =
      List.of(
          MessageType.NORMAL,
          MessageType.FIFO,
          MessageType.LITE,
          MessageType.PRIORITY,
          MessageType.DELAY,
          // Offered so that the server can say that they are not supported, which a client that
          // checks by itself could not.
          MessageType.TRANSACTION);

  private static final int ANY_QUEUE = -1;

  private final Engine engine;
  private final ClientRegistry clients;
  private final String brokerName;
  private final boolean autoCreatesTopics;
  private final Neighbours neighbours;

  /**
   * Makes the handler.
   *
   * @param brokerName the name that the server goes by in routes
   * @param autoCreatesTopics whether a route may be asked for a topic that is still to be made
   * @param neighbours the other nodes, if this is one of a cluster
   */
  public RouteHandler(
      Engine engine,
      ClientRegistry clients,
      String brokerName,
      boolean autoCreatesTopics,
      Neighbours neighbours) {
    this.neighbours = neighbours;
    this.engine = engine;
    this.clients = clients;
    this.brokerName = brokerName;
    this.autoCreatesTopics = autoCreatesTopics;
  }

  /**
   * The route of a topic. An unknown topic is not made by this, and offers every type.
   *
   * <p>A client that was refused when it introduced itself gets the reason here once more: Java
   * tries its start three times, each from the route on, and shows its user the last failure; by
   * then its telemetry stream has ended, and writing to it fails for a reason that says nothing.
   */
  public void queryRoute(QueryRouteRequest request, StreamObserver<QueryRouteResponse> observer) {
    Replies.send(observer, route(request, Caller.current()));
  }

  /** Where a consumer polls: one assignment that stands for all queues. */
  public void queryAssignment(
      QueryAssignmentRequest request, StreamObserver<QueryAssignmentResponse> observer) {
    Replies.send(observer, assignment(request, Caller.current()));
  }

  private QueryRouteResponse route(QueryRouteRequest request, Caller caller) {
    String topic = caller.qualified(request.getTopic());
    Optional<Status> problem = check(topic, caller).or(() -> note(caller));
    if (problem.isPresent()) {
      return QueryRouteResponse.newBuilder().setStatus(problem.get()).build();
    }
    List<MessageType> types = types(topic);
    QueryRouteResponse.Builder route = QueryRouteResponse.newBuilder().setStatus(Statuses.OK);
    queues(request.getTopic(), request.getEndpoints(), caller)
        // Trap 3: id 0, READ_WRITE, broker id 0, types spelled out.
        .forEach(queue -> route.addMessageQueues(queue.setId(0).addAllAcceptMessageTypes(types)));
    return route.build();
  }

  /** Notes that the client asked, and answers why it was refused, if it was. */
  private Optional<Status> note(Caller caller) {
    Optional<ConnectedClient> client = clients.takeUp(caller);
    client.ifPresent(ConnectedClient::setAskedRoute);
    return client.isEmpty() ? Optional.of(Statuses.TOO_MANY_CLIENTS) : client.get().refusal();
  }

  private QueryAssignmentResponse assignment(QueryAssignmentRequest request, Caller caller) {
    Optional<Status> problem =
        check(caller.qualified(request.getTopic()), caller)
            .or(() -> Names.checkGroup(caller.qualified(request.getGroup())));
    if (problem.isPresent()) {
      return QueryAssignmentResponse.newBuilder().setStatus(problem.get()).build();
    }
    QueryAssignmentResponse.Builder assignments =
        QueryAssignmentResponse.newBuilder().setStatus(Statuses.OK);
    queues(request.getTopic(), request.getEndpoints(), caller)
        .forEach(queue ->
            assignments.addAssignments(
                Assignment.newBuilder().setMessageQueue(queue.setId(ANY_QUEUE))));
    return assignments.build();
  }

  private Optional<Status> check(String topic, Caller caller) {
    if (caller.isAnonymous()) {
      return Optional.of(Statuses.CLIENT_ID_REQUIRED);
    }
    Optional<Status> problem = Names.checkTopic(topic);
    if (problem.isEmpty() && !autoCreatesTopics && engine.topic(topic).isEmpty()) {
      return Optional.of(
          Statuses.of(
              Code.TOPIC_NOT_FOUND,
              "the topic '" + topic + "' does not exist, and topics are not made automatically"));
    }
    return problem;
  }

  /** At this server first, under the address by which the client has come. */
  private List<MessageQueue.Builder> queues(Resource topic, Endpoints asked, Caller caller) {
    List<MessageQueue.Builder> queues = new ArrayList<>();
    queues.add(queue(topic, brokerName, Addresses.reachable(asked, caller.authority())));
    for (Neighbours.Neighbour each : neighbours.now()) {
      queues.add(queue(topic, each.brokerName(), Addresses.at(each.host(), each.port())));
    }
    return queues;
  }

  private static MessageQueue.Builder queue(Resource topic, String brokerName, Endpoints at) {
    Broker broker = Broker.newBuilder().setName(brokerName).setId(0).setEndpoints(at).build();
    return MessageQueue.newBuilder()
        .setTopic(topic)
        .setPermission(Permission.READ_WRITE)
        .setBroker(broker);
  }

  private List<MessageType> types(String topic) {
    return engine
        .topic(topic)
        .map(TopicDefinition::type)
        .map(RouteHandler::messageType)
        .map(List::of)
        .orElse(ALL_TYPES);
  }

  private static MessageType messageType(TopicType type) {
    return switch (type) {
      case NORMAL -> MessageType.NORMAL;
      case FIFO -> MessageType.FIFO;
      case LITE -> MessageType.LITE;
      case PRIORITY -> MessageType.PRIORITY;
      case DELAY -> MessageType.DELAY;
      case TRANSACTION -> MessageType.TRANSACTION;
    };
  }
}
