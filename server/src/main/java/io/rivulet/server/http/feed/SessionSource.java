package io.rivulet.server.http.feed;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Safe for all threads. One session, as one protocol writes it out. */
public interface SessionSource {
  /**
   * Immutable. What is the same for all readers that get the same bytes.
   *
   * @param protocol how it is written out
   */
  record Key(String protocol, String topic, String liteTopic) {}

  Key key();

  /** Reads where a reader begins, without waiting. */
  CompletableFuture<Outcome<FeedPage>> readFrom(OffsetOption from);

  /** Reads on. Cancel the future to stop waiting. */
  CompletableFuture<Outcome<FeedPage>> read(Place from, Duration maxWait);

  /** What becomes of a read; whoever cancels it cancels that. */
  static <T> CompletableFuture<Outcome<FeedPage>> map(
      CompletableFuture<Outcome<T>> reading, Function<Outcome<T>, Outcome<FeedPage>> step) {
    CompletableFuture<Outcome<FeedPage>> page = reading.thenApply(step);
    var _ =
        page.whenComplete((_, _) -> {
          if (page.isCancelled()) {
            reading.cancel(false);
          }
        });
    return page;
  }
}
