package io.rivulet.server.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/** Owned by one event loop. Collects the body of a request, up to a bound. */
public final class BodyReader {
  private static final int TOO_LARGE = 413;

  private final HttpServerRequest request;
  private final int maxBytes;
  private final Buffer body = Buffer.buffer();
  private boolean isTooLarge;

  private BodyReader(HttpServerRequest request, int maxBytes) {
    this.request = request;
    this.maxBytes = maxBytes;
  }

  /**
   * Hands over the body when all of it has come. A larger one is refused with 413 and its rest is
   * not kept.
   */
  public static void read(HttpServerRequest request, int maxBytes, Consumer<byte[]> taker) {
    BodyReader reader = new BodyReader(request, maxBytes);
    request.handler(reader::add);
    request.endHandler(_ -> {
      if (!reader.isTooLarge) {
        taker.accept(reader.body.getBytes());
      }
    });
  }

  private void add(Buffer chunk) {
    if (isTooLarge) {
      return;
    }
    if (body.length() + chunk.length() > maxBytes) {
      isTooLarge = true;
      new Problem(
              TOO_LARGE,
              "message too large",
              "the body has more than the " + maxBytes + " bytes that are allowed")
          .send(request.response());
    } else {
      body.appendBuffer(chunk);
    }
  }
}
