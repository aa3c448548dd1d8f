package io.rivulet.server.http.events;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.server.http.EventText;
import io.rivulet.server.http.HttpCall;
import io.rivulet.server.http.StoredBody;
import io.rivulet.server.token.Action;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Owned by one event loop. A reader that gets each message of a lite topic as an event, until the
 * lite topic is closed or reclaimed; one that does not exist yet is waited for.
 *
 * <p>At most one page is in memory: the next is read when the connection has taken the one before,
 * so a slow reader pauses itself and nothing else.
 */
final class SessionEvents {
  private static final Duration HEARTBEAT = Duration.ofSeconds(EventText.HEARTBEAT_SECONDS);
  private static final int NO_CONTENT = 204;

  /** Browsers come back after this time, each after another one, so that not all come at once. */
  private static final int LEAST_RETRY_MILLIS = 1000;

  private static final int MOST_RETRY_MILLIS = 4000;

  private final Engine engine;
  private final HttpCall call;
  private final String topic;
  private final String liteTopic;
  private final int maxMessages;
  private OffsetOption from;
  private Optional<Long> incarnation = Optional.empty();
  private boolean isBegun;

  SessionEvents(
      Engine engine,
      HttpCall call,
      String topic,
      String liteTopic,
      int maxMessages,
      OffsetOption from) {
    this.engine = engine;
    this.call = call;
    this.topic = topic;
    this.liteTopic = liteTopic;
    this.maxMessages = maxMessages;
    this.from = from;
  }

  void read() {
    if (!call.mayOrRefuse(Action.READ, topic + "/" + liteTopic)) {
      return; // its token may have ended meanwhile
    }
    Duration wait = isBegun ? HEARTBEAT : Duration.ZERO;
    ReadRequest request =
        new ReadRequest(topic, Optional.of(liteTopic), from, incarnation, maxMessages, wait);
    CompletableFuture<Outcome<ReadReply>> reading = engine.read(request);
    call.then(whole(reading), this::hand);
  }

  /** A lite topic that was reclaimed is no failure here but the end. */
  private static CompletableFuture<Outcome<Outcome<ReadReply>>> whole(
      CompletableFuture<Outcome<ReadReply>> reading) {
    CompletableFuture<Outcome<Outcome<ReadReply>>> whole = reading.thenApply(Outcome::ok);
    var _ =
        whole.whenComplete((_, _) -> {
          if (whole.isCancelled()) {
            reading.cancel(false);
          }
        });
    return whole;
  }

  private void hand(Outcome<ReadReply> outcome) {
    switch (outcome) {
      case Outcome.Refused<ReadReply>(Refusal refusal)
          when isBegun && refusal.code() == RefusalCode.GONE ->
          call.response.end("event: end\ndata:reclaimed\n\n");
      case Outcome.Refused<ReadReply>(Refusal refusal) ->
          call.refuse(io.rivulet.server.http.Problem.of(refusal));
      case Outcome.Ok<ReadReply>(ReadReply reply) -> hand(reply);
    }
  }

  private void hand(ReadReply reply) {
    boolean isEnd = reply.isClosed() && reply.nextOffset() >= reply.endOffset();
    if (!isBegun) {
      if (isEnd && reply.messages().isEmpty()) {
        // It has seen all: by this answer a browser knows that it need not come again.
        call.response.setStatusCode(NO_CONTENT).end();
        return;
      }
      if (from instanceof OffsetOption.At(long offset)
          && reply.queueId() != 0
          && offset > reply.endOffset()) {
        // What it saw was in an earlier life of the name.
        from = new OffsetOption.Min();
        read();
        return;
      }
      open();
    }
    goOnAfter(reply);
    Buffer events = events(reply);
    if (isEnd) {
      call.response.end(events.appendString("event: end\ndata:closed\n\n"));
      return;
    }
    call.write(events, this::read);
  }

  private void goOnAfter(ReadReply reply) {
    if (reply.queueId() != 0) {
      incarnation = Optional.of(reply.queueId());
      from = new OffsetOption.At(reply.nextOffset());
    } else if (from instanceof OffsetOption.Max) {
      // It is not there yet: all that comes is new.
      from = new OffsetOption.Min();
    }
  }

  private void open() {
    isBegun = true;
    int retry = ThreadLocalRandom.current().nextInt(LEAST_RETRY_MILLIS, MOST_RETRY_MILLIS);
    call.response
        .setChunked(true)
        .putHeader("content-type", "text/event-stream")
        .putHeader("cache-control", "no-cache")
        .putHeader("x-accel-buffering", "no")
        .write("retry: " + retry + "\n\n");
  }

  private static Buffer events(ReadReply reply) {
    Buffer events = Buffer.buffer();
    reply.messages().forEach(message -> append(events, message));
    return events.length() == 0 ? events.appendString(":\n\n") : events;
  }

  private static void append(Buffer events, StoredMessage message) {
    byte[] body = StoredBody.of(message.message());
    boolean isText = isText(body);
    events.appendString("id:").appendString(Long.toString(message.offset())).appendString("\n");
    if (!isText) {
      events.appendString("event: base64\n");
    }
    events
        .appendBuffer(EventText.data(isText ? body : Base64.getEncoder().encode(body)))
        .appendString("\n");
  }

  private static boolean isText(byte[] body) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
