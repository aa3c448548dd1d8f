package io.rivulet.server.http.stream;

import io.rivulet.engine.Engine;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.stream.StreamAppend;
import io.rivulet.engine.stream.StreamAppended;
import io.rivulet.engine.stream.StreamCreated;
import io.rivulet.engine.stream.StreamCreation;
import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamProducer;
import io.rivulet.engine.stream.StreamView;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.http.BodyReader;
import io.rivulet.server.network.RequestBudget;
import io.rivulet.server.token.Action;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Safe for all threads: immutable. What changes a stream: PUT, POST, DELETE. */
final class StreamWrites {
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int NO_CONTENT = 204;
  private static final int BAD_REQUEST = 400;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int GONE = 410;

  private final Engine engine;
  private final Clock clock;
  private final StreamConfig config;
  private final RequestBudget budget;

  StreamWrites(Engine engine, Clock clock, StreamConfig config, RequestBudget budget) {
    this.engine = engine;
    this.budget = budget;
    this.clock = clock;
    this.config = config;
  }

  // ---- PUT

  void create(StreamCall call) {
    StreamDefinition definition =
        StreamHeaders.definition(
            call.request,
            engine
                .topic(call.address.topic())
                .flatMap(topic -> topic.attributes().contentType())
                .orElse(StreamDefinition.BYTES));
    boolean isClosed = StreamHeaders.closes(call.request);
    Optional<StreamFork> fork =
        StreamHeaders.fork(call.request, call.address, StreamRoom.PREFIX, config.defaultTopic());
    if (fork.isPresent()
        && !call.mayOrRefuse(
            Action.READ, new StreamAddress(call.address.topic(), fork.get().source()).resource())) {
      return;
    }
    BodyReader.read(
        call,
        config.maxBodyBytes(),
        budget,
        body ->
            call.run(() -> {
              if (body.length > 0 && definition.contentType().isEmpty()) {
                throw new IllegalArgumentException(
                    "a fork with first messages says their Content-Type, that of its source");
              }
              List<Message> messages =
                  body.length == 0
                      ? List.of()
                      : messages(call, definition.contentType(), body, Optional.empty());
              StreamAddress at = call.address;
              call.then(
                  engine.createStream(
                      call.client(),
                      new StreamCreation(
                          at.topic(), at.liteTopic(), definition, fork, messages, isClosed)),
                  created -> answer(call, created));
            }));
  }

  private static void answer(StreamCall call, StreamCreated created) {
    switch (created) {
      case StreamCreated.Made(StreamView stream) -> {
        call.describe(stream);
        call.response
            .putHeader("location", call.request.absoluteURI())
            .setStatusCode(CREATED)
            .end();
      }
      case StreamCreated.Found(StreamView stream) -> {
        call.describe(stream);
        call.response.setStatusCode(OK).end();
      }
      case StreamCreated.Differs(StreamView stream) ->
          call.refuse(
              CONFLICT,
              "other stream",
              "the stream is there already, with the content type "
                  + stream.definition().contentType()
                  + (stream.isClosed() ? ", closed" : "")
                  + ", or another lifetime: PUT the same, or take another name");
    }
  }

  // ---- POST

  void append(StreamCall call) {
    String contentType = StreamHeaders.mediaType(call.request);
    boolean closes = StreamHeaders.closes(call.request);
    Optional<String> seq = Optional.ofNullable(call.request.getHeader(StreamHeaders.SEQ));
    Optional<StreamProducer> producer = StreamHeaders.producer(call.request);
    BodyReader.read(
        call,
        config.maxBodyBytes(),
        budget,
        body ->
            call.run(() -> {
              List<Message> messages = appended(call, contentType, closes, body, producer);
              StreamAddress at = call.address;
              call.then(
                  engine.appendToStream(
                      call.client(),
                      new StreamAppend(
                          at.topic(),
                          at.liteTopic(),
                          contentType,
                          messages,
                          closes,
                          seq,
                          producer)),
                  appended -> answer(call, appended, closes, !messages.isEmpty(), producer));
            }));
  }

  private List<Message> appended(
      StreamCall call,
      String contentType,
      boolean closes,
      byte[] body,
      Optional<StreamProducer> producer) {
    if (body.length == 0) {
      if (!closes) {
        throw new IllegalArgumentException(
            "an append has a body; to close the stream say " + StreamHeaders.CLOSED + ": true");
      }
      return List.of();
    }
    if (contentType.isEmpty()) {
      throw new IllegalArgumentException("an append says its Content-Type, that of the stream");
    }
    List<Message> messages = messages(call, contentType, body, producer);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("an empty JSON array appends nothing");
    }
    return messages;
  }

  private List<Message> messages(
      StreamCall call, String contentType, byte[] body, Optional<StreamProducer> producer) {
    List<byte[]> bodies = Payload.isJson(contentType) ? JsonMessages.split(body) : List.of(body);
    List<Message> messages = new ArrayList<>(bodies.size());
    for (byte[] each : bodies) {
      messages.add(
          Message.builder(call.address.topic(), id(call, producer, messages.size()), each)
              .liteTopic(call.address.liteTopic())
              .born(clock.wallMillis(), call.request.remoteAddress().host())
              .build());
    }
    return messages;
  }

  /** The same for what is sent again, so that what was stored before a crash is recognised. */
  private static String id(StreamCall call, Optional<StreamProducer> producer, int nth) {
    if (producer.isEmpty()) {
      return UUID.randomUUID().toString();
    }
    StreamProducer by = producer.get();
    String unique =
        String.join(
            "\n",
            call.address.topic(),
            call.address.liteTopic(),
            by.id(),
            Long.toString(by.epoch()),
            Long.toString(by.seq()),
            Integer.toString(nth));
    return UUID.nameUUIDFromBytes(unique.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private static void answer(
      StreamCall call,
      StreamAppended appended,
      boolean closes,
      boolean hasMessages,
      Optional<StreamProducer> producer) {
    HttpServerResponse response = call.response;
    switch (appended) {
      case StreamAppended.Stored(long end) -> {
        end(response, end, closes);
        producer.ifPresent(by -> producer(response, by.epoch(), by.seq()));
        response.setStatusCode(producer.isPresent() && hasMessages ? OK : NO_CONTENT).end();
      }
      case StreamAppended.Repeated(long end, long lastSeq, boolean isClosed) -> {
        end(response, end, isClosed);
        producer.ifPresent(by -> producer(response, by.epoch(), lastSeq));
        response.setStatusCode(NO_CONTENT).end();
      }
      case StreamAppended.Missing() ->
          call.refuse(NOT_FOUND, "no such stream", "there is no such stream; PUT makes it");
      case StreamAppended.Gone() ->
          call.refuse(GONE, "gone", "the stream was deleted; it is kept for its forks only");
      case StreamAppended.Closed(long end) -> {
        end(response, end, true);
        call.refuse(CONFLICT, "stream closed", "the stream is closed: nothing may be appended");
      }
      case StreamAppended.OtherContentType(String is) ->
          call.refuse(CONFLICT, "other content type", "the stream holds " + is);
      case StreamAppended.SeqTooLow(String last) ->
          call.refuse(
              CONFLICT,
              "sequence too low",
              StreamHeaders.SEQ
                  + " must be greater, by its bytes, than the last one, '"
                  + last
                  + "'");
      case StreamAppended.OldEpoch(long epoch) -> {
        response.putHeader(StreamHeaders.PRODUCER_EPOCH, Long.toString(epoch));
        call.refuse(FORBIDDEN, "old epoch", "a newer epoch of this producer has begun: " + epoch);
      }
      case StreamAppended.EpochNotFromZero() ->
          call.refuse(
              BAD_REQUEST,
              "epoch not from 0",
              "the first append of an epoch has " + StreamHeaders.PRODUCER_SEQ + ": 0");
      case StreamAppended.SeqGap(long expected, long received) -> {
        response
            .putHeader(StreamHeaders.PRODUCER_EXPECTED, Long.toString(expected))
            .putHeader(StreamHeaders.PRODUCER_RECEIVED, Long.toString(received));
        call.refuse(
            CONFLICT,
            "append missing",
            "the producer's append " + expected + " is next, not " + received);
      }
    }
  }

  private static void end(HttpServerResponse response, long endOffset, boolean isClosed) {
    response.putHeader(StreamHeaders.NEXT_OFFSET, StreamOffset.text(endOffset));
    if (isClosed) {
      response.putHeader(StreamHeaders.CLOSED, "true");
    }
  }

  private static void producer(HttpServerResponse response, long epoch, long seq) {
    response
        .putHeader(StreamHeaders.PRODUCER_EPOCH, Long.toString(epoch))
        .putHeader(StreamHeaders.PRODUCER_SEQ, Long.toString(seq));
  }

  // ---- DELETE

  void delete(StreamCall call) {
    call.then(
        engine.deleteStream(call.address.topic(), call.address.liteTopic()),
        _ -> call.response.setStatusCode(NO_CONTENT).end());
  }
}
