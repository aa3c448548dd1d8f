package io.rivulet.server.rivulet;

import io.grpc.stub.ServerCallStreamObserver;
import io.rivulet.api.v1.PollRequest;
import io.rivulet.api.v1.PollResponse;
import io.rivulet.api.v1.SubscribeRequest;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: immutable. Consuming clients: who they are, what they follow and take. */
final class Consumers {
  // Our clients take what gRPC lets them; the Java client takes bodies of every size.
  private static final long MAX_MESSAGE_BYTES = Long.MAX_VALUE;
  private static final int MAX_CLIENT_ID_LENGTH = 255;
  private static final Logger LOG = LoggerFactory.getLogger(Consumers.class);

  private final Engine engine;
  private final WaitingCalls waiting;
  private final int maxPageMessages;

  Consumers(Engine engine, WaitingCalls waiting, int maxPageMessages) {
    this.engine = engine;
    this.waiting = waiting;
    this.maxPageMessages = maxPageMessages;
  }

  /** Answers the number of lite topics that the client follows. */
  CompletableFuture<Outcome<Integer>> subscribe(SubscribeRequest request) {
    Optional<TopicDefinition> topic = engine.topic(request.getTopic());
    boolean isLite =
        topic
            .map(definition -> definition.type() == TopicType.LITE)
            .orElse(request.getLiteTopicsCount() > 0);
    Optional<String> objection = objection(request, isLite);
    if (objection.isPresent()) {
      return CompletableFuture.completedFuture(
          Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, objection.get()));
    }
    return isLite ? subscribeLite(request) : subscribeStandard(request);
  }

  /** Polls; what arrives when the caller has gone goes back at once. */
  void poll(
      PollRequest request,
      int maxMessages,
      Duration wait,
      Optional<Duration> invisible,
      ServerCallStreamObserver<PollResponse> call) {
    String clientId = request.getClientId();
    if (!isClientId(clientId)) {
      Answers.refuse(call, RefusalCode.ILLEGAL_ARGUMENT, clientIdRule(clientId));
      return;
    }
    if (!engine.clientAlive(clientId)) {
      engine.clientSeen(client(request.getGroup(), clientId));
    }
    CompletableFuture<Outcome<List<DeliveredMessage>>> poll =
        waiting.watch(
            engine.poll(
                new io.rivulet.engine.delivery.PollRequest(
                    request.getGroup(),
                    request.getTopic(),
                    clientId,
                    Math.min(maxMessages, maxPageMessages),
                    invisible,
                    new Filter(Set.copyOf(request.getTagsList())),
                    wait,
                    Optional.empty(),
                    true)));
    Answers.cancelWith(call, poll);
    Answers.then(
        poll,
        call,
        outcome -> {
          if (call.isCancelled()) {
            giveBack(request.getGroup(), outcome);
          } else {
            Answers.finish(outcome, call, Consumers::response);
          }
        });
  }

  private CompletableFuture<Outcome<Integer>> subscribeStandard(SubscribeRequest request) {
    return engine
        .ensureGroup(GroupDefinition.standard(request.getGroup()))
        .thenCompose(
            onwards(group -> {
              engine.clientSeen(client(request.getGroup(), request.getClientId()));
              return engine.subscribe(
                  request.getGroup(),
                  request.getTopic(),
                  new Filter(Set.copyOf(request.getTagsList())));
            }))
        .thenApply(outcome -> outcome.map(filter -> 0));
  }

  private CompletableFuture<Outcome<Integer>> subscribeLite(SubscribeRequest request) {
    Outcome<OffsetOption> from =
        request.hasFrom()
            ? ReadStart.option(request.getFrom())
            : Outcome.ok(new OffsetOption.Last());
    if (from instanceof Outcome.Refused<OffsetOption>(var refusal)) {
      return CompletableFuture.completedFuture(Outcome.refused(refusal));
    }
    return engine
        .ensureGroup(GroupDefinition.lite(request.getGroup(), request.getTopic()))
        .thenCompose(
            onwards(group -> {
              engine.clientSeen(client(request.getGroup(), request.getClientId()));
              return engine.changeSubscription(
                  new SubscriptionChange(
                      request.getGroup(),
                      request.getClientId(),
                      request.getTopic(),
                      SubscriptionChange.Action.ADD,
                      Set.copyOf(request.getLiteTopicsList()),
                      Optional.of(from.value())));
            }));
  }

  private void giveBack(String group, Outcome<List<DeliveredMessage>> outcome) {
    if (outcome instanceof Outcome.Ok<List<DeliveredMessage>>(var deliveries)) {
      // If this is refused the leases end by themselves.
      var _ =
          engine.release(group, deliveries.stream().map(DeliveredMessage::receiptHandle).toList());
    }
  }

  private Optional<String> objection(SubscribeRequest request, boolean isLite) {
    if (!isClientId(request.getClientId())) {
      return Optional.of(clientIdRule(request.getClientId()));
    }
    boolean isWhole =
        engine.group(request.getGroup()).flatMap(GroupDefinition::litePrefix).isPresent();
    if (isLite && request.getLiteTopicsCount() == 0 && !isWhole) {
      return Optional.of(
          "topic '" + request.getTopic() + "' is LITE: name the lite topics to follow");
    }
    if (!isLite && request.getLiteTopicsCount() > 0) {
      return Optional.of(
          "topic '" + request.getTopic() + "' is not LITE: it has no lite topics to follow");
    }
    return Optional.empty();
  }

  private static boolean isClientId(String clientId) {
    return !clientId.isBlank() && clientId.length() <= MAX_CLIENT_ID_LENGTH;
  }

  private static String clientIdRule(String clientId) {
    return "client_id has 1 to 255 characters, not " + clientId.length();
  }

  private static ClientInfo client(String group, String clientId) {
    return new ClientInfo(clientId, Optional.of(group), MAX_MESSAGE_BYTES, "rivulet.v1");
  }

  private static PollResponse response(List<DeliveredMessage> deliveries) {
    PollResponse.Builder response = PollResponse.newBuilder();
    for (DeliveredMessage delivery : deliveries) {
      try {
        response.addDeliveries(MessageMapping.toWire(delivery.load(Body.Space.HEAP)));
      } catch (IOException e) {
        // Its lease ends by itself.
        LOG.error(
            "Cannot read offset {} of queue {}, which a consumer should get: {}",
            delivery.message().offset(),
            delivery.message().queueId(),
            e.getMessage());
      }
    }
    return response.build();
  }

  private static <T, R> Function<Outcome<T>, CompletableFuture<Outcome<R>>> onwards(
      Function<T, CompletableFuture<Outcome<R>>> step) {
    return outcome ->
        switch (outcome) {
          case Outcome.Ok<T>(T value) -> step.apply(value);
          case Outcome.Refused<T>(var refusal) ->
              CompletableFuture.completedFuture(Outcome.refused(refusal));
        };
  }
}
