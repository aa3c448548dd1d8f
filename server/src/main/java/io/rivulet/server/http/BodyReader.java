package io.rivulet.server.http;

import io.rivulet.server.network.RequestBudget;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/** Owned by one event loop. Collects the body of a request, up to a bound. */
public final class BodyReader {
  private static final int TOO_LARGE = 413;
  private static final int TOO_MANY = 429;

  private final HttpServerRequest request;
  private final int maxBytes;
  private final RequestBudget budget;
  private long taken;
  private final Buffer body = Buffer.buffer();
  private boolean isRefused;
  private boolean isOver;

  private BodyReader(HttpServerRequest request, int maxBytes, RequestBudget budget) {
    this.request = request;
    this.maxBytes = maxBytes;
    this.budget = budget;
  }

  /**
   * Hands over the body when all of it has come. A larger one is refused with 413, and one for
   * which there is no memory now with 429; what still comes of it is not kept.
   *
   * @param budget gets its bytes back when the request is answered, or its caller has gone
   */
  public static void read(
      HttpCall call, int maxBytes, RequestBudget budget, Consumer<byte[]> taker) {
    HttpServerRequest request = call.request;
    BodyReader reader = new BodyReader(request, maxBytes, budget);
    call.whenOver(() -> {
      budget.giveBack(reader.taken);
      reader.taken = 0;
      reader.isOver = true;
    });
    request.handler(reader::add);
    request.endHandler(_ -> {
      if (!reader.isRefused) {
        taker.accept(reader.body.getBytes());
      }
    });
  }

  private void add(Buffer chunk) {
    if (isRefused || isOver) {
      return;
    }
    taken += chunk.length();
    boolean hasRoom = budget.take(chunk.length());
    if (body.length() + chunk.length() > maxBytes) {
      refuse(
          new Problem(
              TOO_LARGE,
              "message too large",
              "the body has more than the " + maxBytes + " bytes that are allowed"));
    } else if (!hasRoom) {
      budget.countRefusal();
      refuse(
          new Problem(
              TOO_MANY,
              "too many requests",
              "the server holds as many request bytes as grpc.inflight-bytes allows"));
    } else {
      body.appendBuffer(chunk);
    }
  }

  private void refuse(Problem problem) {
    isRefused = true;
    problem.send(request.response());
  }
}
