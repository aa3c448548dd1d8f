package io.rivulet.server.rest;

import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.http.AnswerMemory;
import io.rivulet.server.rivulet.Following;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: immutable. Receiving for a group. What was leased for a caller that has
 * gone is given back at once.
 */
final class Receives {
  private static final Logger LOG = LoggerFactory.getLogger(Receives.class);
  private static final int TOO_MANY = 429;
  private static final int OK = 200;
  static final Duration USUAL_LEASE = Duration.ofSeconds(30);
  static final Duration MAX_LEASE = Duration.ofHours(24);

  private final Engine engine;
  private final Following following;
  private final RestConfig config;
  private final Waiting waiting;
  private final AnswerMemory answers;
  private final Returns returns;

  /**
   * Makes it.
   *
   * @param answers memory for what is received
   * @param returns takes back what was received for nobody
   */
  Receives(
      Engine engine, RestConfig config, Waiting waiting, AnswerMemory answers, Returns returns) {
    this.engine = engine;
    this.config = config;
    this.waiting = waiting;
    this.answers = answers;
    this.returns = returns;
    following = new Following(engine, "http");
  }

  static void refuseToWait(RestCall call, Waiting waiting) {
    call.refuse(
        TOO_MANY,
        "too many requests",
        "as many calls wait as http.max-waiting allows, " + waiting.max());
  }

  void receive(RestCall call) {
    call.json(
        Shapes.Receive.class,
        wanted -> {
          String topic = topic(call.group(), wanted);
          String client =
              wanted.client() == null ? call.client() : call.client() + "/" + wanted.client();
          int most = Events.isSingle(call) ? 1 : config.maxMessages();
          PollRequest poll =
              new PollRequest(
                  call.group(),
                  topic,
                  client,
                  wanted.max() == null
                      ? 1
                      : RestCall.count("max", wanted.max().toString(), 1, most),
                  Optional.of(RestCall.time("lease", wanted.lease(), USUAL_LEASE, MAX_LEASE)),
                  new Filter(Set.copyOf(Required.orNone(wanted.tags()))),
                  RestCall.time("wait", wanted.waitTime(), Duration.ZERO, config.maxReceiveTime()),
                  Optional.empty(),
                  true);
          Following.Wish wish =
              new Following.Wish(
                  call.group(),
                  topic,
                  client,
                  poll.filter().tags(),
                  Set.copyOf(Required.orNone(wanted.lite())),
                  new OffsetOption.Last());
          call.then(following.follow(wish), _ -> poll(call, poll));
        });
  }

  private String topic(String group, Shapes.Receive wanted) {
    Optional<String> bound = engine.group(group).flatMap(GroupDefinition::boundTopic);
    return wanted.topic() == null && bound.isPresent()
        ? bound.get()
        : Required.text("topic", wanted.topic());
  }

  private void poll(RestCall call, PollRequest request) {
    if (!waiting.enter()) {
      refuseToWait(call, waiting);
      return;
    }
    AnswerMemory.Share share = answers.share();
    CompletableFuture<Outcome<List<DeliveredMessage>>> poll =
        share.load(
            engine.poll(request),
            new Deliveries(),
            deliveries -> returns.giveBack(request, deliveries));
    var _ = poll.whenComplete((_, _) -> waiting.leave());
    call.then(
        poll,
        deliveries -> share.send(call, () -> answer(call, request, deliveries)),
        deliveries -> {
          share.giveBack();
          returns.giveBack(request, deliveries);
        });
  }

  /** Immutable. Leased messages and their bodies. */
  private record Deliveries() implements AnswerMemory.Bodies<List<DeliveredMessage>> {
    @Override
    public List<StoredMessage> in(List<DeliveredMessage> found) {
      return found.stream().map(DeliveredMessage::message).toList();
    }

    @Override
    public List<DeliveredMessage> load(List<DeliveredMessage> found) {
      return Receives.load(found);
    }
  }

  private static List<DeliveredMessage> load(List<DeliveredMessage> deliveries) {
    List<DeliveredMessage> loaded = new ArrayList<>(deliveries.size());
    for (DeliveredMessage delivery : deliveries) {
      try {
        loaded.add(delivery.load(Body.Space.HEAP));
      } catch (IOException e) {
        // Its lease ends by itself.
        LOG.error(
            "Cannot read offset {} of queue {}, which a consumer should get: {}",
            delivery.message().offset(),
            delivery.message().queueId(),
            e.getMessage());
      }
    }
    return loaded;
  }

  private Future<Void> answer(
      RestCall call, PollRequest request, List<DeliveredMessage> deliveries) {
    if (Events.isWanted(call)) {
      return Events.answer(
          call,
          deliveries.stream().map(MessageViews::event).toList(),
          _ -> returns.giveBack(request, deliveries));
    }
    Shapes.Deliveries answer =
        new Shapes.Deliveries(deliveries.stream().map(MessageViews::of).toList());
    return call.answer(OK, answer).onFailure(_ -> returns.giveBack(request, deliveries));
  }
}
