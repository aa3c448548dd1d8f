package io.rivulet.server.http.subscription;

import io.rivulet.engine.Engine;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.subscription.WakeKey;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.BodyReader;
import io.rivulet.server.http.Caller;
import io.rivulet.server.http.Cors;
import io.rivulet.server.http.HttpRoom;
import io.rivulet.server.http.stream.StreamOffset;
import io.rivulet.server.network.RequestBudget;
import io.rivulet.server.token.Action;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: immutable. Subscriptions to streams by the Durable Streams protocol. */
public final class SubscriptionRoom implements HttpRoom {
  private static final String PREFIX = "/v1/stream/__ds/";
  private static final String SUBSCRIPTIONS = PREFIX + "subscriptions/";
  private static final String JWKS = PREFIX + "jwks.json";
  private static final String METHODS = "GET, PUT, POST, DELETE, OPTIONS";
  private static final String BEARER = "Bearer ";
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final Logger LOG = LoggerFactory.getLogger(SubscriptionRoom.class);
  private static final int NO_CONTENT = 204;
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int CONFLICT = 409;
  private static final int MAX_BODY_BYTES = 256 << 10;
  private static final int MAX_LISTED = 1000;

  /** So often keys are read again: a few times before a new one signs. */
  private static final Duration KEYS_AGAIN = Duration.ofMinutes(10);

  private final Engine engine;
  private final Clock clock;
  private final WebhookConfig config;
  private final WebhookKeys keys;
  private final WakeTokens tokens;
  private final SubscriptionJson json;
  private final AddressPolicy policy;
  private final Cors cors;
  private final RequestBudget budget;
  private final WakeDelivery delivery;
  private final Vertx vertx;
  private final long keysTimer;

  /**
   * Makes the room, which begins to wake subscribers.
   *
   * @param budget what bodies of all requests may take
   */
  public SubscriptionRoom(
      Engine engine,
      Clock clock,
      WebhookConfig config,
      WebhookKeys keys,
      Cors cors,
      RequestBudget budget,
      Vertx vertx) {
    this.engine = engine;
    this.clock = clock;
    this.config = config;
    this.keys = keys;
    this.cors = cors;
    this.budget = budget;
    tokens = new WakeTokens(keys);
    json = new SubscriptionJson(config.defaultTopic());
    policy = new AddressPolicy(config.allowsLoopback(), config.trustedHosts());
    delivery = new WakeDelivery(engine, clock, config, tokens, vertx);
    delivery.start();
    this.vertx = vertx;
    keysTimer =
        vertx.setPeriodic(
            KEYS_AGAIN.toMillis(),
            _ -> Thread.ofVirtual().name("rivulet-webhook-keys").start(() -> refresh(keys)));
  }

  /** The top of its thread. */
  private static void refresh(WebhookKeys keys) {
    try {
      keys.refresh();
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "the keys of webhooks can't be read again, in {} minutes once more: {}",
          KEYS_AGAIN.toMinutes(),
          e.toString());
    }
  }

  static String url(String publicUrl, String name) {
    return publicUrl
        + SUBSCRIPTIONS
        + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith(PREFIX);
  }

  @Override
  public void drain() {
    vertx.cancelTimer(keysTimer);
    delivery.stop();
  }

  @Override
  public void handle(HttpServerRequest request, Caller caller) {
    String path = Objects.requireNonNullElse(request.path(), "");
    if (!cors.allow(request, "Retry-After")) {
      cors.refusal(request).send(request.response());
    } else if (request.method().name().equals("OPTIONS")) {
      Cors.preflight(request, METHODS, "Content-Type, Authorization");
    } else if (path.equals(JWKS)) {
      request
          .response()
          .putHeader("content-type", "application/jwk-set+json")
          .putHeader("cache-control", "public, max-age=300")
          .end(keys.published().encode());
    } else {
      String rest = path.startsWith(SUBSCRIPTIONS) ? path.substring(SUBSCRIPTIONS.length()) : "";
      String[] parts = rest.split("/", 3);
      String name = decode(parts[0]);
      SubscriptionCall call = new SubscriptionCall(request, caller, name);
      if (name.isEmpty()) {
        call.fail(NOT_FOUND, "NOT_FOUND", "there is " + SUBSCRIPTIONS + "{id} and " + JWKS);
        return;
      }
      call.run(() -> route(call, parts));
    }
  }

  private static String decode(String part) {
    try {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return ""; // no percent-encoding
    }
  }

  private void route(SubscriptionCall call, String[] parts) {
    String what = call.request.method().name() + (parts.length > 1 ? " " + parts[1] : "");
    boolean hasMore = parts.length > 2;
    if (hasMore && !what.endsWith(" streams")) {
      call.fail(NOT_FOUND, "NOT_FOUND", "a subscription has no '" + parts[2] + "' there");
      return;
    }
    switch (hasMore ? what + "/" : what) {
      case "PUT" -> withBody(call, body -> make(call, body));
      case "GET" -> get(call);
      case "DELETE" -> delete(call);
      case "POST streams" -> withBody(call, body -> link(call, body));
      case "DELETE streams/" -> unlink(call, decode(parts[2]));
      case "POST claim" -> withBody(call, body -> claim(call, body));
      case "POST callback" ->
          withBody(call, body -> acknowledge(call, body, WakeTokens.Purpose.CALLBACK));
      case "POST ack" -> withBody(call, body -> acknowledge(call, body, WakeTokens.Purpose.CLAIM));
      case "POST release" -> withBody(call, body -> release(call, body));
      default ->
          call.fail(
              METHOD_NOT_ALLOWED,
              "METHOD_NOT_ALLOWED",
              "a subscription takes PUT, GET, DELETE, and POST to streams, claim, callback, ack,"
                  + " release");
    }
  }

  private void withBody(SubscriptionCall call, Consumer<JsonObject> step) {
    BodyReader.read(
        call,
        MAX_BODY_BYTES,
        budget,
        body -> call.run(() -> step.accept(SubscriptionJson.object(body))));
  }

  // ---- making and looking

  private void make(SubscriptionCall call, JsonObject body) {
    SubscriptionDefinition wanted = json.definition(body);
    if (!call.mayOrRefuse(Action.ADMIN, "")
        || !mayRead(call, wanted)
        || (wanted.wakeBy() instanceof WakeBy.PullWake(StreamPath stream)
            && !call.mayOrRefuse(Action.WRITE, stream.topic() + "/" + stream.liteTopic()))) {
      return;
    }
    if (wanted.wakeBy() instanceof WakeBy.Webhook(String url)) {
      whenAllowed(call, url, () -> make(call, wanted));
    } else {
      make(call, wanted);
    }
  }

  private void make(SubscriptionCall call, SubscriptionDefinition wanted) {
    call.then(
        engine.makeSubscription(call.name, wanted),
        made -> call.answer(made.isNew() ? CREATED : OK, describe(made.subscription())));
  }

  /** A name that means nothing now may mean something later: it is looked up for each request. */
  private void whenAllowed(SubscriptionCall call, String url, Runnable step) {
    Context context = Objects.requireNonNull(Vertx.currentContext());
    Thread.ofVirtual()
        .name("rivulet-webhook-lookup")
        .start(() -> {
          Optional<String> reason = rejection(url);
          context.runOnContext(_ -> {
            if (reason.isPresent()) {
              call.fail(BAD_REQUEST, "WEBHOOK_URL_REJECTED", reason.get());
            } else {
              call.run(step);
            }
          });
        });
  }

  private Optional<String> rejection(String url) {
    try {
      policy.resolve(AddressPolicy.parse(url));
      return Optional.empty();
    } catch (AddressPolicy.RejectedException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static boolean mayRead(SubscriptionCall call, SubscriptionDefinition definition) {
    Set<String> topics = new LinkedHashSet<>();
    definition.pattern().ifPresent(pattern -> topics.add(pattern.topic()));
    definition.streams().forEach(each -> topics.add(each.topic()));
    return mayRead(call, topics);
  }

  private static boolean mayRead(SubscriptionCall call, Set<String> topics) {
    for (String topic : topics) {
      if (!call.mayOrRefuse(Action.READ, topic)) {
        return false;
      }
    }
    return true;
  }

  private JsonObject describe(SubscriptionView view) {
    return json.of(
        view,
        new JsonObject()
            .put("alg", "ed25519")
            .put("kid", keys.signingKeyId(clock.wallMillis()))
            .put("jwks_url", config.publicUrl() + JWKS));
  }

  private void get(SubscriptionCall call) {
    if (call.mayOrRefuse(Action.ADMIN, "")) {
      call.then(
          engine.describeSubscription(call.name, MAX_LISTED),
          view -> call.answer(OK, describe(view)));
    }
  }

  private void delete(SubscriptionCall call) {
    if (call.mayOrRefuse(Action.ADMIN, "")) {
      call.then(engine.deleteSubscription(call.name), _ -> empty(call));
    }
  }

  private static void empty(SubscriptionCall call) {
    call.response.setStatusCode(NO_CONTENT).end();
  }

  private void link(SubscriptionCall call, JsonObject body) {
    List<StreamPath> streams = json.streams(body);
    Set<String> topics = new LinkedHashSet<>();
    streams.forEach(each -> topics.add(each.topic()));
    if (call.mayOrRefuse(Action.ADMIN, "") && mayRead(call, topics)) {
      call.then(engine.linkStreams(call.name, streams), _ -> empty(call));
    }
  }

  private void unlink(SubscriptionCall call, String path) {
    if (call.mayOrRefuse(Action.ADMIN, "")) {
      call.then(engine.unlinkStream(call.name, json.path(path)), _ -> empty(call));
    }
  }

  // ---- working

  private void claim(SubscriptionCall call, JsonObject body) {
    String worker = SubscriptionJson.needed(body, "worker");
    call.then(
        engine.describeSubscription(call.name, 0),
        view -> {
          if (mayRead(call, view.definition())) {
            call.then(engine.claim(call.name, worker), claimed -> answer(call, claimed));
          }
        });
  }

  private void answer(SubscriptionCall call, Claimed claimed) {
    switch (claimed) {
      case Claimed.Granted(Wake wake) ->
          call.answer(
              OK,
              new JsonObject()
                  .put("wake_id", wake.key().wakeId())
                  .put("generation", wake.key().generation())
                  .put("token", tokens.of(wake.key(), WakeTokens.Purpose.CLAIM))
                  .put("streams", json.streams(wake.streams()))
                  .put("lease_ttl_ms", wake.definition().leaseTtl().toMillis()));
      case Claimed.Held(String holder, long generation) ->
          call.fail(
              CONFLICT,
              new JsonObject()
                  .put("code", "ALREADY_CLAIMED")
                  .put("message", "another worker has it")
                  .put("current_holder", holder)
                  .put("generation", generation));
      case Claimed.NothingPending() ->
          call.fail(CONFLICT, "NO_PENDING_WORK", "nothing is pending in its streams");
    }
  }

  /** The wake that the token is for; empty: it was refused. */
  private Optional<WakeKey> wake(
      SubscriptionCall call, JsonObject body, WakeTokens.Purpose purpose) {
    String header = Objects.requireNonNullElse(call.request.getHeader("authorization"), "");
    Optional<WakeKey> wake =
        header.startsWith(BEARER)
            ? tokens.read(header.substring(BEARER.length()), call.name, purpose)
            : Optional.empty();
    if (wake.isEmpty()) {
      call.response.putHeader("www-authenticate", "Bearer");
      call.fail(
          UNAUTHORIZED, "TOKEN_INVALID", "say the token of the wake: Authorization: Bearer ...");
      return wake;
    }
    boolean isSame =
        wake.get().wakeId().equals(body.getValue("wake_id"))
            && body.getValue("generation") instanceof Number said
            && said.longValue() == wake.get().generation();
    if (!isSame) {
      call.fail(CONFLICT, "FENCED", "the token is of another wake than wake_id and generation");
      return Optional.empty();
    }
    return wake;
  }

  private void acknowledge(SubscriptionCall call, JsonObject body, WakeTokens.Purpose purpose) {
    Optional<WakeKey> wake = wake(call, body, purpose);
    if (wake.isPresent()) {
      boolean isDone = Boolean.TRUE.equals(body.getValue("done"));
      call.then(
          engine.acknowledgeStreams(wake.get(), json.acks(body), isDone),
          answer ->
              finish(
                  call,
                  answer,
                  next ->
                      call.answer(OK, new JsonObject().put("ok", true).put("next_wake", next))));
    }
  }

  private void release(SubscriptionCall call, JsonObject body) {
    Optional<WakeKey> wake = wake(call, body, WakeTokens.Purpose.CLAIM);
    if (wake.isPresent()) {
      call.then(
          engine.acknowledgeStreams(wake.get(), List.of(), true),
          answer -> finish(call, answer, _ -> empty(call)));
    }
  }

  private void finish(SubscriptionCall call, WakeAnswer answer, Consumer<Boolean> done) {
    switch (answer) {
      case WakeAnswer.Done(boolean nextWake) -> done.accept(nextWake);
      case WakeAnswer.Fenced(long generation) ->
          call.fail(
              CONFLICT,
              new JsonObject()
                  .put("code", "FENCED")
                  .put("message", "the wake is over: its lease has ended, or it was finished")
                  .put("generation", generation));
      case WakeAnswer.BeyondEnd(StreamAck ack, long tail) ->
          call.fail(
              CONFLICT,
              "INVALID_OFFSET",
              "the end of %s is %s, before %s"
                  .formatted(
                      json.pathOf(ack.stream()),
                      StreamOffset.text(tail),
                      StreamOffset.text(ack.offset())));
      case WakeAnswer.NotLinked(StreamPath stream) ->
          call.fail(
              BAD_REQUEST,
              "INVALID_REQUEST",
              json.pathOf(stream) + " is no stream of the subscription");
    }
  }
}
