package io.rivulet.server.rivulet;

import io.grpc.stub.ServerCallStreamObserver;
import io.rivulet.api.v1.PollRequest;
import io.rivulet.api.v1.PollResponse;
import io.rivulet.api.v1.SubscribeRequest;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: immutable. Consuming clients: who they are, what they follow and take. */
final class Consumers {
  private static final Logger LOG = LoggerFactory.getLogger(Consumers.class);

  /** A message whose body could not be read comes again after this, here or elsewhere. */
  private static final Duration UNREADABLE_AGAIN = Duration.ofMinutes(1);

  private final Engine engine;
  private final Returns returns;
  private final Following following;
  private final WaitingCalls waiting;
  private final int maxPageMessages;

  Consumers(Engine engine, Returns returns, WaitingCalls waiting, int maxPageMessages) {
    this.engine = engine;
    this.returns = returns;
    following = new Following(engine, "rivulet.v1");
    this.waiting = waiting;
    this.maxPageMessages = maxPageMessages;
  }

  /** Answers the number of lite topics that the client follows. */
  CompletableFuture<Outcome<Integer>> subscribe(SubscribeRequest request) {
    Outcome<OffsetOption> from =
        request.hasFrom()
            ? ReadStart.option(request.getFrom())
            : Outcome.ok(new OffsetOption.Last());
    return switch (from) {
      case Outcome.Refused<OffsetOption>(var refusal) ->
          CompletableFuture.completedFuture(Outcome.refused(refusal));
      case Outcome.Ok<OffsetOption>(OffsetOption option) ->
          following.follow(
              new Following.Wish(
                  request.getGroup(),
                  request.getTopic(),
                  request.getClientId(),
                  Set.copyOf(request.getTagsList()),
                  Set.copyOf(request.getLiteTopicsList()),
                  option));
    };
  }

  /** Polls; what arrives when the caller has gone goes back at once. */
  void poll(
      PollRequest request,
      int maxMessages,
      Duration wait,
      Optional<Duration> invisible,
      ServerCallStreamObserver<PollResponse> call) {
    String clientId = request.getClientId();
    if (!Following.isClientId(clientId)) {
      Answers.refuse(call, RefusalCode.ILLEGAL_ARGUMENT, Following.clientIdRule(clientId));
      return;
    }
    following.introduce(request.getGroup(), clientId);
    var wanted =
        new io.rivulet.engine.delivery.PollRequest(
            request.getGroup(),
            request.getTopic(),
            clientId,
            Math.min(maxMessages, maxPageMessages),
            invisible,
            new Filter(Set.copyOf(request.getTagsList())),
            wait,
            Optional.empty(),
            true);
    CompletableFuture<Outcome<List<DeliveredMessage>>> poll = waiting.watch(engine.poll(wanted));
    AtomicReference<List<DeliveredMessage>> sent = new AtomicReference<>(List.of());
    call.setOnCancelHandler(() -> {
      poll.cancel(false);
      // Also what was written: whoever has got the end of an answer does not cancel it.
      returns.giveBack(wanted, sent.getAndSet(List.of()));
    });
    Answers.then(
        poll,
        call,
        outcome -> {
          if (outcome instanceof Outcome.Ok<List<DeliveredMessage>>(var deliveries)) {
            sent.set(deliveries);
          }
          if (call.isCancelled()) {
            returns.giveBack(wanted, sent.getAndSet(List.of()));
          } else {
            Answers.finish(outcome, call, deliveries -> response(wanted, deliveries));
          }
        });
  }

  private PollResponse response(
      io.rivulet.engine.delivery.PollRequest poll, List<DeliveredMessage> deliveries) {
    PollResponse.Builder response = PollResponse.newBuilder();
    Set<Long> standing = new HashSet<>();
    for (DeliveredMessage delivery : deliveries) {
      if (standing.contains(delivery.message().queueId())) {
        // It may have to wait for the one that can't be read.
        returns.giveBack(poll, List.of(delivery));
        continue;
      }
      try {
        response.addDeliveries(MessageMapping.toWire(delivery.load(Body.Space.HEAP)));
      } catch (IOException e) {
        LOG.error(
            "Cannot read offset {} of queue {}, which a consumer should get: {}",
            delivery.message().offset(),
            delivery.message().queueId(),
            e.getMessage());
        standing.add(delivery.message().queueId());
        if (poll.invisible().isEmpty()) {
          // Not for as long as its client lives; any other lease ends by itself.
          returns.putOff(poll.group(), poll.clientId(), delivery.receiptHandle(), UNREADABLE_AGAIN);
        }
      }
    }
    return response.build();
  }
}
