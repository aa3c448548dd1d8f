package io.rivulet.server.http.stream;

import io.rivulet.engine.Engine;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.engine.stream.StreamRead;
import io.rivulet.server.http.feed.FeedPage;
import io.rivulet.server.http.feed.PageSize;
import io.rivulet.server.http.feed.Place;
import io.rivulet.server.http.feed.SessionSource;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: immutable. A stream, each of its pages as an event. */
final class StreamSource implements SessionSource {
  /** A read keeps a stream alive: so many happen in the time that it lives without. */
  private static final int READS_PER_TTL = 4;

  private final Engine engine;
  private final StreamAddress address;
  private final PageSize size;

  StreamSource(Engine engine, StreamAddress address, PageSize size) {
    this.engine = engine;
    this.address = address;
    this.size = size;
  }

  @Override
  public Key key() {
    return new Key("stream", address.topic(), address.liteTopic());
  }

  @Override
  public CompletableFuture<Outcome<FeedPage>> readFrom(OffsetOption from) {
    return SessionSource.map(
        engine.readStream(read(from, Duration.ZERO)), outcome -> outcome.map(StreamSource::page));
  }

  @Override
  public CompletableFuture<Outcome<FeedPage>> read(Place from, Duration maxWait) {
    return SessionSource.map(
        engine.readStream(read(new OffsetOption.At(from.offset()), maxWait)),
        outcome ->
            outcome instanceof Outcome.Ok<StreamPage>(StreamPage page)
                    && page.stream().queueId() != from.queueId()
                ? Outcome.refused(
                    RefusalCode.GONE, "the stream was deleted, and made again since: begin again")
                : outcome.map(StreamSource::page));
  }

  private StreamRead read(OffsetOption from, Duration maxWait) {
    return new StreamRead(
        address.topic(), address.liteTopic(), from, size.messages(), size.bytes(), maxWait);
  }

  private static FeedPage page(StreamPage page) {
    Buffer events = Buffer.buffer();
    if (!page.messages().isEmpty()) {
      events
          .appendString("event: data\n")
          .appendBuffer(Payload.eventLines(page))
          .appendString("\n");
    }
    Duration use =
        page.stream()
            .definition()
            .ttl()
            .map(ttl -> ttl.dividedBy(READS_PER_TTL))
            .orElse(FeedPage.LONG);
    return new FeedPage(
        events,
        new Place(page.stream().queueId(), page.nextOffset()),
        page.isUpToDate(),
        page.isEnd(),
        page.stream().definition().contentType(),
        use.compareTo(FeedPage.LONG) < 0 ? use : FeedPage.LONG);
  }
}
