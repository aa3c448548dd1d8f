package io.rivulet.server.http.subscription;

import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.time.Clock;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by one event loop, but for {@link #start} and {@link #stop}. Takes wakes from the engine,
 * as many as may be under way at a time, brings each to its subscriber and tells the engine how it
 * went.
 */
final class WakeDelivery {
  private static final Logger LOG = LoggerFactory.getLogger(WakeDelivery.class);
  private static final long RETRY_MILLIS = 1000;
  private static final int MAX_DOUBLINGS = 20;
  private static final double JITTER = 0.2;

  private final Engine engine;
  private final Clock clock;
  private final WebhookConfig config;
  private final WakeTokens tokens;
  private final SubscriptionJson json;
  private final Webhooks webhooks;
  private final Vertx vertx;
  private final Context context;
  private final RandomGenerator random = new SecureRandom();
  private int underWay;
  private volatile boolean isStopped;
  private volatile @Nullable CompletableFuture<Outcome<List<Wake>>> asked;

  WakeDelivery(Engine engine, Clock clock, WebhookConfig config, WakeTokens tokens, Vertx vertx) {
    this.engine = engine;
    this.clock = clock;
    this.config = config;
    this.tokens = tokens;
    this.vertx = vertx;
    json = new SubscriptionJson(config.defaultTopic());
    webhooks = new Webhooks(vertx, config, tokens.keys(), clock);
    context = vertx.getOrCreateContext();
  }

  void start() {
    context.runOnContext(_ -> ask());
  }

  void stop() {
    isStopped = true;
    CompletableFuture<Outcome<List<Wake>>> waiting = asked;
    if (waiting != null) {
      waiting.cancel(false);
    }
  }

  private void ask() {
    if (isStopped || asked != null || underWay >= config.concurrency()) {
      return;
    }
    CompletableFuture<Outcome<List<Wake>>> wakes =
        engine.takeWakes(config.concurrency() - underWay);
    asked = wakes;
    var _ =
        wakes.whenComplete((outcome, _) -> {
          if (isStopped) {
            return;
          }
          // A failure is none of the subscribers': it is asked again, as after a refusal.
          context.runOnContext(_ -> deliver(outcome));
        });
  }

  private void deliver(@Nullable Outcome<List<Wake>> outcome) {
    asked = null;
    if (outcome == null) {
      vertx.setTimer(RETRY_MILLIS, _ -> ask());
      return;
    }
    switch (outcome) {
      case Outcome.Ok<List<Wake>>(List<Wake> wakes) -> {
        wakes.forEach(this::deliver);
        ask();
      }
      case Outcome.Refused<List<Wake>> _ -> vertx.setTimer(RETRY_MILLIS, _ -> ask());
    }
  }

  private void deliver(Wake wake) {
    underWay++;
    switch (wake.definition().wakeBy()) {
      case WakeBy.Webhook(String url) ->
          webhooks
              .post(url, body(wake).encode(), wake.definition().leaseTtl())
              .onComplete(answer -> {
                if (answer.failed()) {
                  failed(wake, String.valueOf(answer.cause().getMessage()));
                } else if (answer.result()) {
                  done(wake);
                } else {
                  ended(engine.wakeDelivered(wake.key()));
                }
              });
      case WakeBy.PullWake(StreamPath stream) -> append(wake, stream);
    }
  }

  private JsonObject body(Wake wake) {
    return new JsonObject()
        .put("subscription_id", wake.key().subscription())
        .put("wake_id", wake.key().wakeId())
        .put("generation", wake.key().generation())
        .put("streams", json.streams(wake.streams()))
        .put(
            "callback_url",
            SubscriptionRoom.url(config.publicUrl(), wake.key().subscription()) + "/callback")
        .put("callback_token", tokens.of(wake.key(), WakeTokens.Purpose.CALLBACK));
  }

  private void done(Wake wake) {
    List<StreamAck> acks =
        wake.streams().stream().map(each -> new StreamAck(each.path(), each.tailOffset())).toList();
    var _ = engine.wakeDelivered(wake.key());
    ended(engine.acknowledgeStreams(wake.key(), acks, true));
  }

  private void append(Wake wake, StreamPath stream) {
    JsonObject event =
        new JsonObject()
            .put("type", "wake")
            .put("subscription_id", wake.key().subscription())
            .put("stream", json.pathOf(wake.streams().getFirst().path()))
            .put("generation", wake.key().generation())
            .put("ts", clock.wallMillis());
    // The same when it is sent again after a crash, so that it stands there once.
    String id =
        UUID.nameUUIDFromBytes(
                (wake.key().subscription() + "\n" + wake.key().wakeId())
                    .getBytes(StandardCharsets.UTF_8))
            .toString();
    Message message =
        Message.builder(stream.topic(), id, event.encode().getBytes(StandardCharsets.UTF_8))
            .liteTopic(stream.liteTopic())
            .born(clock.wallMillis(), "subscription")
            .build();
    StreamAppend append =
        new StreamAppend(
            stream.topic(),
            stream.liteTopic(),
            "application/json",
            List.of(message),
            false,
            Optional.empty(),
            Optional.empty());
    var _ =
        engine
            .appendToStream("subscription:" + wake.key().subscription(), append)
            .whenComplete((outcome, failure) ->
                context.runOnContext(_ -> {
                  if (failure != null) {
                    failed(wake, String.valueOf(failure.getMessage()));
                    return;
                  }
                  switch (outcome) {
                    case Outcome.Ok<StreamAppended>(StreamAppended.Stored _) ->
                        ended(engine.wakeDelivered(wake.key()));
                    case Outcome.Ok<StreamAppended>(StreamAppended other) ->
                        failed(wake, "the wake stream does not take it: " + other);
                    case Outcome.Refused<StreamAppended> refused ->
                        failed(wake, refused.refusal().message());
                  }
                }));
  }

  private void failed(Wake wake, String reason) {
    Duration pause = pauseAfter(wake.failures());
    LOG.info(
        "The subscription '{}' could not be woken, attempt {}, again in {} ms: {}",
        wake.key().subscription(),
        wake.failures() + 1,
        pause.toMillis(),
        reason);
    ended(engine.wakeFailed(wake.key(), pause));
  }

  /** Doubles up to a bound, and is spread so that not all come again at once. */
  private Duration pauseAfter(int failures) {
    long millis = config.backoff().toMillis() << Math.min(failures, MAX_DOUBLINGS);
    millis = Math.min(millis, config.maxBackoff().toMillis());
    return Duration.ofMillis(
        Math.max(1, (long) (millis * random.nextDouble(1 - JITTER, 1 + JITTER))));
  }

  private <T> void ended(CompletableFuture<T> told) {
    var _ =
        told.whenComplete((_, _) ->
            context.runOnContext(_ -> {
              underWay--;
              ask();
            }));
  }
}
