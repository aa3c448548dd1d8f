package io.rivulet.server.rocketmq.settings;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.SubscriptionEntry;
import apache.rocketmq.v2.TelemetryCommand;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.rivulet.engine.Engine;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import io.rivulet.server.rocketmq.connection.ClientRegistry;
import io.rivulet.server.rocketmq.connection.ConnectedClient;
import io.rivulet.server.rocketmq.connection.TelemetryStream;
import io.rivulet.server.rocketmq.group.FilterExpressions;
import io.rivulet.server.rocketmq.group.GroupAdmission;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: stateless; each stream has its own observer. The telemetry stream, on which
 * a client introduces itself and waits for its settings before it does anything else.
 */
public final class SettingsHandler {
  private static final Logger log = LoggerFactory.getLogger(SettingsHandler.class);

  private final Engine engine;
  private final ClientRegistry clients;
  private final GroupAdmission groups;
  private final SettingsReply replies;

  public SettingsHandler(
      Engine engine, ClientRegistry clients, GroupAdmission groups, SettingsReply replies) {
    this.engine = engine;
    this.clients = clients;
    this.groups = groups;
    this.replies = replies;
  }

  /** Opens a client's telemetry stream. */
  public StreamObserver<TelemetryCommand> open(StreamObserver<TelemetryCommand> toClient) {
    TelemetryStream stream = new TelemetryStream(toClient);
    if (toClient instanceof ServerCallStreamObserver<TelemetryCommand> call) {
      call.setOnCancelHandler(stream::markGone);
    }
    return new FromClient(Caller.current(), stream);
  }

  /** Owned by the thread that gRPC delivers the stream's events on, one at a time. */
  private final class FromClient implements StreamObserver<TelemetryCommand> {
    private final Caller caller;
    private final TelemetryStream stream;

    FromClient(Caller caller, TelemetryStream stream) {
      this.caller = caller;
      this.stream = stream;
    }

    @Override
    public void onNext(TelemetryCommand command) {
      switch (command.getCommandCase()) {
        // Trap 2: every settings command is answered, the periodic ones included.
        case SETTINGS -> introduce(caller, command.getSettings(), stream);
        case THREAD_STACK_TRACE,
            VERIFY_MESSAGE_RESULT,
            RECOVER_ORPHANED_TRANSACTION_COMMAND,
            PRINT_THREAD_STACK_TRACE_COMMAND,
            VERIFY_MESSAGE_COMMAND,
            RECONNECT_ENDPOINTS_COMMAND,
            NOTIFY_UNSUBSCRIBE_LITE_COMMAND,
            COMMAND_NOT_SET ->
            log.debug("{} sent an unasked {}", caller.clientId(), command.getCommandCase());
      }
    }

    @Override
    public void onError(Throwable failure) {
      leave();
    }

    @Override
    public void onCompleted() {
      leave();
      stream.close();
    }

    private void leave() {
      clients.find(caller.clientId()).ifPresent(client -> client.detach(stream));
    }
  }

  private void introduce(Caller caller, Settings settings, TelemetryStream stream) {
    if (caller.isAnonymous()) {
      tell(caller, stream, Statuses.CLIENT_ID_REQUIRED);
      return;
    }
    Optional<ConnectedClient> takenUp = clients.takeUp(caller);
    if (takenUp.isEmpty()) {
      tell(caller, stream, Statuses.TOO_MANY_CLIENTS);
      return;
    }
    ConnectedClient client = takenUp.get();
    client.attach(stream);
    if (settings.hasRequestTimeout()) {
      client.setRequestTimeout(ProtocolTimes.duration(settings.getRequestTimeout()));
    }
    switch (settings.getPubSubCase()) {
      case PUBLISHING -> {
        client.accept();
        engine.clientSeen(client.info());
        stream.send(replies.toProducer(settings, caller));
      }
      case SUBSCRIPTION -> introduceConsumer(caller, client, settings, stream);
      case PUBSUB_NOT_SET ->
          refuse(
              caller,
              client,
              stream,
              Statuses.of(
                  Code.UNRECOGNIZED_CLIENT_TYPE,
                  "the settings name neither topics to publish to nor subscriptions"));
    }
  }

  private void introduceConsumer(
      Caller caller, ConnectedClient client, Settings settings, TelemetryStream stream) {
    Subscription subscription = settings.getSubscription();
    boolean isLite = isLite(settings);
    Optional<Status> problem = check(caller, subscription, isLite);
    if (problem.isPresent()) {
      refuse(caller, client, stream, problem.get());
      return;
    }
    String group = caller.qualified(subscription.getGroup());
    Map<String, Filter> filters = isLite ? Map.of() : filters(caller, subscription);
    var _ =
        groups
            .admit(client, wanted(caller, subscription, group, isLite), filters)
            .whenComplete((outcome, failure) -> {
              if (failure != null) {
                refuse(caller, client, stream, Statuses.internal(failure));
                return;
              }
              switch (outcome) {
                case Outcome.Ok<GroupDefinition> ok -> {
                  client.accept();
                  boolean keepsOrder =
                      client.tellOrder(keepsOrder(client, settings, isLite, filters));
                  stream.send(replies.toConsumer(settings, caller, ok.value(), keepsOrder));
                }
                case Outcome.Refused<GroupDefinition> refused ->
                    refuse(caller, client, stream, Statuses.of(refused.refusal()));
              }
            });
  }

  private static Optional<Status> check(Caller caller, Subscription subscription, boolean isLite) {
    Optional<Status> problem = Names.checkGroup(caller.qualified(subscription.getGroup()));
    if (problem.isPresent()) {
      return problem;
    }
    if (isLite && subscription.getSubscriptionsCount() != 1) {
      return Optional.of(
          Statuses.of(
              Code.ILLEGAL_TOPIC,
              "a lite consumer binds exactly one topic, not "
                  + subscription.getSubscriptionsCount()));
    }
    for (SubscriptionEntry entry : subscription.getSubscriptionsList()) {
      problem =
          Names.checkTopic(caller.qualified(entry.getTopic()))
              .or(() -> FilterExpressions.check(entry.getExpression()));
      if (problem.isPresent()) {
        return problem;
      }
    }
    return Optional.empty();
  }

  private static GroupDefinition wanted(
      Caller caller, Subscription subscription, String group, boolean isLite) {
    return isLite
        ? GroupDefinition.lite(group, caller.qualified(subscription.getSubscriptions(0).getTopic()))
        : GroupDefinition.standard(group);
  }

  private static boolean isLite(Settings settings) {
    return switch (settings.getClientType()) {
      case LITE_PUSH_CONSUMER, LITE_SIMPLE_CONSUMER -> true;
      case CLIENT_TYPE_UNSPECIFIED,
          PRODUCER,
          PUSH_CONSUMER,
          SIMPLE_CONSUMER,
          PULL_CONSUMER,
          UNRECOGNIZED ->
          false;
    };
  }

  private static Map<String, Filter> filters(Caller caller, Subscription subscription) {
    Map<String, Filter> filters = new LinkedHashMap<>();
    for (SubscriptionEntry entry : subscription.getSubscriptionsList()) {
      filters.put(
          caller.qualified(entry.getTopic()), FilterExpressions.parse(entry.getExpression()));
    }
    return filters;
  }

  /**
   * Whether the client shall handle a queue's messages in order. A simple consumer's application
   * takes a batch as it comes, so it always may. Push consumers decide by this once, at their
   * start: what one was told that runs since before this server did is not known, and it may be
   * that it handles messages in parallel.
   */
  private boolean keepsOrder(
      ConnectedClient client, Settings settings, boolean isLite, Map<String, Filter> filters) {
    return switch (settings.getClientType()) {
      case SIMPLE_CONSUMER, LITE_SIMPLE_CONSUMER -> true;
      case CLIENT_TYPE_UNSPECIFIED,
          PRODUCER,
          PUSH_CONSUMER,
          PULL_CONSUMER,
          LITE_PUSH_CONSUMER,
          UNRECOGNIZED ->
          isLite || (client.hasAskedRoute() && filters.keySet().stream().anyMatch(this::isFifo));
    };
  }

  private boolean isFifo(String topic) {
    return engine.topic(topic).map(TopicDefinition::type).equals(Optional.of(TopicType.FIFO));
  }

  private static void refuse(
      Caller caller, ConnectedClient client, TelemetryStream stream, Status reason) {
    client.refuse(reason);
    tell(caller, stream, reason);
  }

  /**
   * Says no so that the client's user sees why: most clients fail their start with the message of
   * the stream's error, or of the route that they ask for again. Node would reconnect silently for
   * ever after that, but fails its start on a command that is nothing but a status.
   */
  private static void tell(Caller caller, TelemetryStream stream, Status status) {
    if (caller.language() == Language.NODE) {
      stream.send(TelemetryCommand.newBuilder().setStatus(status).build());
      return;
    }
    io.grpc.Status failure =
        status.getCodeValue() >= Code.INTERNAL_ERROR_VALUE
            ? io.grpc.Status.INTERNAL
            : io.grpc.Status.INVALID_ARGUMENT;
    stream.fail(failure.withDescription(status.getCode() + ": " + status.getMessage()));
  }
}
