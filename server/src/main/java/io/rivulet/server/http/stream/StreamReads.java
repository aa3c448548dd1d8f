package io.rivulet.server.http.stream;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.AnswerMemory;
import io.rivulet.server.http.HttpMetrics;
import io.rivulet.server.http.Surroundings;
import io.rivulet.server.http.feed.Feeds;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: immutable. What reads a stream: GET, once or waiting, and HEAD. */
final class StreamReads {
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;
  private static final String NEVER_STORED = "no-store";

  /** What will never change may be kept by the browser that asked for it. */
  private static final String KEPT = "private, max-age=60, stale-while-revalidate=300";

  private static final String CHECKED = "private, no-cache";

  private final Engine engine;
  private final Clock clock;
  private final StreamConfig config;
  private final HttpMetrics metrics;
  private final AnswerMemory answers;
  private final Feeds feeds;

  StreamReads(Engine engine, Clock clock, StreamConfig config, Feeds feeds, Surroundings around) {
    this.engine = engine;
    this.clock = clock;
    this.config = config;
    this.feeds = feeds;
    metrics = around.metrics();
    answers = around.answers();
  }

  void head(StreamCall call) {
    call.then(
        engine.describeStream(call.address.topic(), call.address.liteTopic()),
        stream -> {
          call.describe(stream);
          StreamDefinition definition = stream.definition();
          HttpServerResponse response = call.response;
          definition
              .ttl()
              .ifPresent(
                  ttl -> response.putHeader(StreamHeaders.TTL, Long.toString(ttl.toSeconds())));
          definition
              .expiresAt()
              .ifPresent(at -> response.putHeader(StreamHeaders.EXPIRES_AT, at.toString()));
          response.putHeader("cache-control", NEVER_STORED).setStatusCode(OK).end();
        });
  }

  void get(StreamCall call) {
    @Nullable String offset = parameter(call, "offset");
    @Nullable String live = parameter(call, "live");
    OffsetOption from = StreamOffset.parse(offset);
    if (live == null) {
      catchUp(call, from, Objects.requireNonNullElse(offset, "-1"));
      return;
    }
    if (offset == null) {
      throw new IllegalArgumentException("a live read says where it begins: offset=");
    }
    switch (live) {
      case "long-poll" -> longPoll(call, from, offset);
      case "sse" -> {
        metrics.follows(HttpMetrics.Reader.STREAM, call);
        StreamSource source = new StreamSource(engine, call.address, config.eventPages());
        new EventReader(clock, config.sseTime(), call, feeds, source, from).begin();
      }
      default -> throw new IllegalArgumentException("live is long-poll or sse, not '" + live + "'");
    }
  }

  private static @Nullable String parameter(StreamCall call, String name) {
    List<String> values = call.request.params().getAll(name);
    if (values.size() > 1) {
      throw new IllegalArgumentException("the parameter " + name + " may be given once");
    }
    return values.isEmpty() ? null : values.getFirst();
  }

  private StreamRead read(StreamCall call, OffsetOption from, Duration wait) {
    return new StreamRead(
            call.address.topic(), call.address.liteTopic(), from, config.maxMessages(), wait)
        .leavingLargeBodies();
  }

  private void catchUp(StreamCall call, OffsetOption from, String offset) {
    AnswerMemory.Share share = answers.share();
    call.then(
        share.load(
            engine.readStream(read(call, from, Duration.ZERO)), AnswerMemory.OF_PAGE, _ -> {}),
        page -> share.send(call, () -> answer(call, page, offset)),
        _ -> share.giveBack());
  }

  private void longPoll(StreamCall call, OffsetOption from, String offset) {
    AnswerMemory.Share share = answers.share();
    call.then(
        share.load(
            metrics.waits(
                HttpMetrics.Reader.LONG_POLL,
                engine.readStream(read(call, from, config.longPollTime()))),
            AnswerMemory.OF_PAGE,
            _ -> {}),
        page -> share.send(call, () -> polled(call, page, offset)),
        _ -> share.giveBack());
  }

  private Future<Void> polled(StreamCall call, StreamPage page, String offset) {
    cursor(call);
    if (!page.messages().isEmpty()) {
      return answer(call, page, offset);
    }
    place(call, page);
    return call.response.putHeader("cache-control", NEVER_STORED).setStatusCode(NO_CONTENT).end();
  }

  private void cursor(StreamCall call) {
    call.response.putHeader(
        StreamHeaders.CURSOR,
        Cursor.next(
            call.request.getParam("cursor"), clock.wallMillis(), ThreadLocalRandom.current()));
  }

  private static void place(StreamCall call, StreamPage page) {
    HttpServerResponse response = call.response;
    response.putHeader(StreamHeaders.NEXT_OFFSET, StreamOffset.text(page.nextOffset()));
    if (page.isUpToDate()) {
      response.putHeader(StreamHeaders.UP_TO_DATE, "true");
    }
    if (page.isEnd()) {
      response.putHeader(StreamHeaders.CLOSED, "true");
    }
  }

  private static Future<Void> answer(StreamCall call, StreamPage page, String offset) {
    HttpServerResponse response = call.response;
    place(call, page);
    if (offset.equals("now")) {
      response.putHeader("cache-control", NEVER_STORED);
    } else {
      String contentType = page.stream().definition().contentType();
      // What a send has made is read as another content type when its parent topic says so.
      String etag =
          "\"%d:%s:%d:%08x%s\""
              .formatted(
                  page.stream().queueId(),
                  offset,
                  page.nextOffset(),
                  contentType.hashCode(),
                  page.isEnd() ? ":end" : "");
      response
          .putHeader("etag", etag)
          .putHeader("cache-control", page.isUpToDate() && !page.isEnd() ? CHECKED : KEPT);
      if (etag.equals(call.request.getHeader("if-none-match"))) {
        return response.setStatusCode(NOT_MODIFIED).end();
      }
    }
    return response
        .putHeader("content-type", page.stream().definition().contentType())
        .setStatusCode(OK)
        .end(Payload.of(page));
  }
}
