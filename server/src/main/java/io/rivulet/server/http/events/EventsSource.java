package io.rivulet.server.http.events;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.http.EventText;
import io.rivulet.server.http.StoredBody;
import io.rivulet.server.http.feed.FeedPage;
import io.rivulet.server.http.feed.PageSize;
import io.rivulet.server.http.feed.Place;
import io.rivulet.server.http.feed.SessionSource;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: immutable. A lite topic, each of its messages as an event. */
final class EventsSource implements SessionSource {
  private final Engine engine;
  private final String topic;
  private final String liteTopic;
  private final PageSize size;

  EventsSource(Engine engine, String topic, String liteTopic, PageSize size) {
    this.engine = engine;
    this.topic = topic;
    this.liteTopic = liteTopic;
    this.size = size;
  }

  @Override
  public Key key() {
    return new Key("events", topic, liteTopic);
  }

  @Override
  public CompletableFuture<Outcome<FeedPage>> readFrom(OffsetOption from) {
    CompletableFuture<Outcome<ReadReply>> first = read(from, Optional.empty(), Duration.ZERO);
    CompletableFuture<Outcome<ReadReply>> own =
        first.thenCompose(outcome ->
            isOfAnotherLife(from, outcome)
                ? read(new OffsetOption.Min(), Optional.empty(), Duration.ZERO)
                : first);
    return SessionSource.map(own, outcome -> outcome.map(EventsSource::page));
  }

  /** What the reader has seen was in an earlier life of the name. */
  private static boolean isOfAnotherLife(OffsetOption from, Outcome<ReadReply> outcome) {
    return from instanceof OffsetOption.At(long offset)
        && outcome instanceof Outcome.Ok<ReadReply>(ReadReply reply)
        && reply.queueId() != 0
        && offset > reply.endOffset();
  }

  @Override
  public CompletableFuture<Outcome<FeedPage>> read(Place from, Duration maxWait) {
    boolean isThere = from.queueId() != 0;
    CompletableFuture<Outcome<ReadReply>> reading =
        read(
            isThere ? new OffsetOption.At(from.offset()) : new OffsetOption.Min(),
            isThere ? Optional.of(from.queueId()) : Optional.empty(),
            maxWait);
    return SessionSource.map(reading, outcome -> outcome.map(EventsSource::page));
  }

  private CompletableFuture<Outcome<ReadReply>> read(
      OffsetOption from, Optional<Long> incarnation, Duration maxWait) {
    return engine.read(
        new ReadRequest(
            topic,
            Optional.of(liteTopic),
            from,
            incarnation,
            size.messages(),
            size.bytes(),
            maxWait));
  }

  private static FeedPage page(ReadReply reply) {
    Buffer events = Buffer.buffer();
    reply.messages().forEach(message -> append(events, message));
    boolean isUpToDate = reply.nextOffset() >= reply.endOffset();
    return new FeedPage(
        events,
        // All that comes to what is not there yet is new.
        reply.queueId() == 0 ? Place.NOWHERE : new Place(reply.queueId(), reply.nextOffset()),
        isUpToDate || reply.queueId() == 0,
        reply.isClosed() && isUpToDate,
        "",
        FeedPage.LONG);
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
