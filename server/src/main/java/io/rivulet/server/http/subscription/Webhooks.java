package io.rivulet.server.http.subscription;

import io.rivulet.engine.time.Clock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * Owned by one event loop. Sends signed requests to webhooks. The address is looked up and judged
 * for each request, and the connection goes to the very address that was judged, so that a name
 * that changes its mind gains nothing. Redirections are not followed.
 */
final class Webhooks {
  private static final int MAX_ANSWER_BYTES = 64 << 10;
  private static final int OK = 200;
  private static final int NO_SUCCESS = 300;

  private final Vertx vertx;
  private final WebhookConfig config;
  private final AddressPolicy policy;
  private final WebhookKeys keys;
  private final Clock clock;
  private final HttpClient client;

  Webhooks(Vertx vertx, WebhookConfig config, WebhookKeys keys, Clock clock) {
    this.vertx = vertx;
    this.config = config;
    this.keys = keys;
    this.clock = clock;
    policy = new AddressPolicy(config.allowsLoopback(), config.trustedHosts());
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setConnectTimeout(Math.toIntExact(config.timeout().toMillis()))
                .setVerifyHost(true)
                .setKeepAliveTimeout(10),
            new PoolOptions().setHttp1MaxSize(config.concurrency()));
  }

  /**
   * Sends a request.
   *
   * @param atMost an answer after this time would not count
   * @return whether all was done already; fails with the reason if it did not get there
   */
  Future<Boolean> post(String url, String body, Duration atMost) {
    Promise<Boolean> answer = Promise.promise();
    long millis = Math.min(config.timeout().toMillis(), atMost.toMillis());
    long timer = vertx.setTimer(millis, _ -> answer.tryFail("no answer in " + millis + " ms"));
    Future<Boolean> result = answer.future().onComplete(_ -> vertx.cancelTimer(timer));
    AddressPolicy.Target target;
    try {
      target = AddressPolicy.parse(url);
    } catch (AddressPolicy.RejectedException e) {
      answer.tryFail(e);
      return result;
    }
    var context = vertx.getOrCreateContext();
    // Looking a name up may take long and would hold up the loop.
    Thread.ofVirtual()
        .name("rivulet-webhook-lookup")
        .start(() -> {
          try {
            InetAddress address = policy.resolve(target);
            context.runOnContext(_ -> post(target, address, body, answer));
          } catch (AddressPolicy.RejectedException e) {
            answer.tryFail(e);
          } catch (UnknownHostException e) {
            answer.tryFail("there is no host " + target.host());
          }
        });
    // Whoever completes it, what follows runs on the loop.
    Promise<Boolean> onLoop = Promise.promise();
    result.onComplete(done -> context.runOnContext(_ -> onLoop.handle(done)));
    return onLoop.future();
  }

  private void post(
      AddressPolicy.Target target, InetAddress address, String body, Promise<Boolean> answer) {
    if (answer.future().isComplete()) {
      return;
    }
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setServer(SocketAddress.inetSocketAddress(target.port(), address.getHostAddress()))
            .setHost(target.host())
            .setPort(target.port())
            .setSsl(target.isTls())
            .setURI(target.pathAndQuery())
            .setFollowRedirects(false);
    client
        .request(options)
        .onFailure(answer::tryFail)
        .onSuccess(request -> send(request, body, answer));
  }

  private void send(HttpClientRequest request, String body, Promise<Boolean> answer) {
    answer.future().onFailure(_ -> request.reset());
    request
        .putHeader("content-type", "application/json")
        .putHeader("user-agent", "Rivulet")
        .putHeader("webhook-signature", keys.sign(body, clock.wallMillis() / 1000))
        .send(body)
        .onFailure(answer::tryFail)
        .onSuccess(response -> read(response, answer));
  }

  private static void read(HttpClientResponse response, Promise<Boolean> answer) {
    Buffer body = Buffer.buffer();
    response.exceptionHandler(answer::tryFail);
    response.handler(part -> {
      if (body.length() + part.length() > MAX_ANSWER_BYTES) {
        answer.tryFail("the answer has more than " + MAX_ANSWER_BYTES + " bytes");
      } else {
        body.appendBuffer(part);
      }
    });
    response.endHandler(_ -> {
      if (response.statusCode() < OK || response.statusCode() >= NO_SUCCESS) {
        answer.tryFail("it answered " + response.statusCode());
      } else {
        answer.tryComplete(isDone(body));
      }
    });
  }

  /** Any answer that does not say so means: not yet. */
  private static boolean isDone(Buffer body) {
    try {
      return body.length() > 0 && Boolean.TRUE.equals(new JsonObject(body).getValue("done"));
    } catch (DecodeException | ClassCastException e) {
      return false;
    }
  }
}
