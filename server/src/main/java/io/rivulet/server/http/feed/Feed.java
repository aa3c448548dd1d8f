package io.rivulet.server.http.feed;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by one event loop, its home. The end of one session: one read waits there for all readers
 * that have seen what there is, and what comes is handed to each of them on its own loop.
 *
 * <p>One page is under way at a time, so a loop that lags holds up its sessions and no memory. A
 * reader is never waited for: one that can't take a page leaves, and reads what it missed by itself
 * when it can. Which page a reader gets is decided by its place alone, so it does no harm when it
 * has left and come again meanwhile.
 */
final class Feed {
  private static final Logger LOG = LoggerFactory.getLogger(Feed.class);

  /** So many readers are served before the loop turns to others. */
  private static final int READERS_PER_TURN = 128;

  private final Feeds feeds;
  private final SessionSource source;
  final FeedLoop home;
  private final ArrayList<FeedReader> readers = new ArrayList<>(1);
  private Place place = Place.NOWHERE;
  private Duration maxWait = FeedPage.LONG;
  private @Nullable CompletableFuture<Outcome<FeedPage>> reading;
  private boolean isClosed;

  Feed(Feeds feeds, SessionSource source, FeedLoop home) {
    this.feeds = feeds;
    this.source = source;
    this.home = home;
  }

  /** A reader has seen what there was up to this place. */
  void join(FeedReader reader, Place at, Duration wait) {
    if (isClosed || (!readers.isEmpty() && at.isBefore(place))) {
      reader.loop().execute(() -> reader.missed(this));
      return;
    }
    reader.slot = readers.size();
    readers.add(reader);
    if (readers.size() == 1) {
      place = at;
      maxWait = wait;
      read();
    }
  }

  void leave(FeedReader reader) {
    int slot = reader.slot;
    if (isClosed || slot >= readers.size() || !readers.get(slot).equals(reader)) {
      return; // it was told that it missed something
    }
    FeedReader last = readers.removeLast();
    if (!last.equals(reader)) {
      readers.set(slot, last);
      last.slot = slot;
    }
    if (readers.isEmpty()) {
      close();
    }
  }

  private void close() {
    isClosed = true;
    feeds.remove(source.key(), this);
    CompletableFuture<Outcome<FeedPage>> waiting = reading;
    if (waiting != null) {
      waiting.cancel(false);
    }
  }

  private void read() {
    CompletableFuture<Outcome<FeedPage>> page;
    try {
      page = source.read(place, maxWait);
    } catch (RuntimeException e) {
      page = CompletableFuture.failedFuture(e); // its readers must hear of it
    }
    await(page);
  }

  private void await(CompletableFuture<Outcome<FeedPage>> page) {
    reading = page;
    var _ =
        page.whenComplete((outcome, failure) -> {
          if (!page.isCancelled()) {
            home.execute(() -> handle(outcome, failure));
          }
        });
  }

  private void handle(@Nullable Outcome<FeedPage> outcome, @Nullable Throwable failure) {
    reading = null;
    if (isClosed) {
      return;
    }
    switch (outcome) {
      case Outcome.Ok<FeedPage>(FeedPage page) -> handle(page);
      case Outcome.Refused<FeedPage>(Refusal refusal) -> end(refusal);
      case null -> {
        LOG.error("A session can't be followed by our fault", failure);
        List<FeedReader> left = List.copyOf(readers);
        close();
        handOut(left, FeedReader::fail, () -> {});
      }
    }
  }

  private void handle(FeedPage page) {
    Place before = place;
    place = page.next();
    maxWait = page.maxWait();
    if (before.equals(place) && !page.isEnd()) {
      read();
      return;
    }
    feeds.hasRead();
    List<FeedReader> present =
        readers.size() == 1 ? List.of(readers.getFirst()) : List.copyOf(readers);
    if (page.isEnd()) {
      close();
    }
    handOut(
        present,
        reader -> reader.offer(before, page),
        () -> {
          if (!isClosed) {
            read();
          }
        });
  }

  private void end(Refusal refusal) {
    if (Feeds.passes(refusal)) {
      home.later(
          Feeds.pauseMillis(),
          () -> {
            if (!isClosed) {
              read();
            }
          });
      return;
    }
    Place at = place;
    List<FeedReader> left = List.copyOf(readers);
    close();
    handOut(left, reader -> reader.refused(this, at, refusal), () -> {});
  }

  /** Does something for readers on their loops, some at a time, and then something here. */
  private void handOut(List<FeedReader> all, Consumer<FeedReader> step, Runnable then) {
    if (all.size() == 1 && all.getFirst().loop() == home) {
      step.accept(all.getFirst());
      then.run();
      return;
    }
    Map<FeedLoop, List<FeedReader>> byLoop = new HashMap<>();
    for (FeedReader reader : all) {
      byLoop.computeIfAbsent(reader.loop(), _ -> new ArrayList<>()).add(reader);
    }
    AtomicInteger left = new AtomicInteger(byLoop.size());
    byLoop.forEach((loop, some) ->
        new Turns(
                loop,
                some,
                step,
                () -> {
                  if (left.decrementAndGet() == 0) {
                    home.execute(then);
                  }
                })
            .begin());
  }

  /** Owned by one event loop once begun. The readers of that loop, some in each turn. */
  private static final class Turns {
    private final FeedLoop loop;
    private final List<FeedReader> readers;
    private final Consumer<FeedReader> step;
    private final Runnable then;
    private int done;

    Turns(FeedLoop loop, List<FeedReader> readers, Consumer<FeedReader> step, Runnable then) {
      this.loop = loop;
      this.readers = readers;
      this.step = step;
      this.then = then;
    }

    void begin() {
      loop.execute(this::turn);
    }

    private void turn() {
      int end = Math.min(readers.size(), done + READERS_PER_TURN);
      while (done < end) {
        step.accept(readers.get(done++));
      }
      if (done < readers.size()) {
        loop.execute(this::turn);
      } else {
        then.run();
      }
    }
  }
}
