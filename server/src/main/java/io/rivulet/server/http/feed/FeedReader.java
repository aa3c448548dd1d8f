package io.rivulet.server.http.feed;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.server.http.ComeAgain;
import io.rivulet.server.http.EventText;
import io.rivulet.server.http.HttpCall;
import io.rivulet.server.http.Problem;
import io.rivulet.server.token.Action;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one event loop; its slot by the home of its feed. One reader of a session as server-sent
 * events: it reads what is stored by itself, in turn with others, and then follows the {@link
 * Feed}.
 *
 * <p>One whose connection takes no more holds at most one page. It leaves the feed until the
 * connection takes some again, and is cut off if that takes too long; it knows its place and may
 * come again.
 */
public abstract class FeedReader {
  private static final Buffer HEARTBEAT = Buffer.buffer(":\n\n");
  private static final long HEARTBEAT_NANOS = EventText.HEARTBEAT_SECONDS * 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long NEVER = Long.MAX_VALUE;
  private static final long NO_TIMER = -1;

  private enum State {
    CATCHING_UP,
    FOLLOWING,
    PAUSED,
    OVER
  }

  protected final HttpCall call;
  private final Feeds feeds;
  private final FeedLoop loop;
  private final SessionSource source;
  private @Nullable OffsetOption from;
  private Place place = Place.NOWHERE;
  private Duration maxWait = FeedPage.LONG;
  private State state = State.CATCHING_UP;
  private @Nullable Feed feed;
  private long writtenNanos;
  private long pausedNanos;
  private long endNanos = NEVER;
  private long timer = NO_TIMER;

  /** Where it stands in the list of its feed. */
  int slot;

  protected FeedReader(HttpCall call, Feeds feeds, SessionSource source, OffsetOption from) {
    this.call = call;
    this.feeds = feeds;
    this.source = source;
    this.from = from;
    loop = feeds.loop();
  }

  // ---- what protocols differ in

  /** What is asked of the caller, again and again: its token may end. */
  protected abstract String resource();

  /**
   * Begins the response.
   *
   * @return false if it is over already
   */
  protected abstract boolean open(FeedPage first);

  /** A page as this reader gets it, with what ends the response if the session has. */
  protected abstract Buffer render(FeedPage page, boolean isFirst);

  /** What tells the reader that the session was reclaimed. */
  protected abstract Buffer reclaimed();

  // ---- its life

  /** Begins. */
  public final void begin() {
    if (!feeds.enter()) {
      ComeAgain.answer(
          call.request,
          "there are "
              + feeds.config().maxReaders()
              + " readers of events, as many as http.max-readers allows");
      return;
    }
    call.whenOver(this::leave);
    loop.admit(this);
  }

  /** Ends it in so many nanoseconds: it is to come again. */
  protected final void endIn(long nanos) {
    endNanos = now() + nanos;
  }

  final FeedLoop loop() {
    return loop;
  }

  final boolean isOver() {
    return state == State.OVER;
  }

  private long now() {
    return feeds.clock().nanos();
  }

  private void leave() {
    if (state == State.OVER) {
      return;
    }
    unfollow();
    if (state == State.PAUSED) {
      feeds.pausing(false);
    }
    state = State.OVER;
    if (timer != NO_TIMER) {
      loop.cancelTimer(timer);
    }
    feeds.left();
  }

  /** Does something on the loop; a bug of ours ends it. */
  private void run(Runnable work) {
    call.run(work);
    if (call.response.ended()) {
      leave();
    }
  }

  // ---- catching up

  /** It is its turn. */
  final void catchUp() {
    CompletableFuture<Outcome<FeedPage>> page;
    OffsetOption first = from;
    try {
      page = first == null ? source.read(place, Duration.ZERO) : source.readFrom(first);
    } catch (RuntimeException e) {
      page = CompletableFuture.failedFuture(e);
    }
    var _ =
        page.whenComplete((outcome, failure) ->
            loop.execute(() -> {
              loop.caughtUp();
              if (state != State.OVER) {
                run(() -> caughtUp(outcome, failure));
              }
            }));
  }

  private void caughtUp(@Nullable Outcome<FeedPage> outcome, @Nullable Throwable failure) {
    switch (outcome) {
      case Outcome.Ok<FeedPage>(FeedPage page) -> caughtUp(page);
      case Outcome.Refused<FeedPage>(Refusal refusal) -> end(refusal);
      case null -> throw new IllegalStateException(failure);
    }
  }

  private void caughtUp(FeedPage page) {
    boolean isFirst = from != null;
    if (isFirst) {
      if (!open(page)) {
        return;
      }
      from = null;
      // Spread, so that those that came together are not all shown at once that it is alive.
      arm(HEARTBEAT_NANOS / 2 + ThreadLocalRandom.current().nextLong(HEARTBEAT_NANOS / 2));
    }
    take(page, isFirst);
    if (state != State.CATCHING_UP || call.response.ended()) {
      return;
    }
    if (page.isUpToDate()) {
      follow();
    } else {
      loop.admit(this);
    }
  }

  private void take(FeedPage page, boolean isFirst) {
    place = page.next();
    maxWait = page.maxWait();
    if (page.isEnd()) {
      call.response.end(render(page, isFirst));
      return;
    }
    if (!isFirst && !page.hasEvents()) {
      return;
    }
    call.response.write(render(page, isFirst));
    writtenNanos = now();
    if (call.response.writeQueueFull()) {
      pause();
    }
  }

  // ---- following

  private void follow() {
    state = State.FOLLOWING;
    Feed joined = feeds.feed(source, loop);
    feed = joined;
    Place at = place;
    Duration wait = maxWait;
    if (joined.home == loop) {
      joined.join(this, at, wait);
    } else {
      joined.home.execute(() -> joined.join(this, at, wait));
    }
  }

  private void unfollow() {
    Feed left = feed;
    feed = null;
    if (left == null) {
      return;
    }
    if (left.home == loop) {
      left.leave(this);
    } else {
      left.home.execute(() -> left.leave(this));
    }
  }

  private void catchUpAgain() {
    unfollow();
    state = State.CATCHING_UP;
    loop.admit(this);
  }

  /** It is not in that feed: there is more than it has seen. */
  final void missed(Feed by) {
    if (state == State.FOLLOWING && feed == by) {
      feed = null;
      catchUpAgain();
    }
  }

  /**
   * What came.
   *
   * @param before where readers are that have not seen it
   */
  final void offer(Place before, FeedPage page) {
    if (state != State.FOLLOWING) {
      return;
    }
    if (!place.equals(before)) {
      if (place.isBefore(page.next()) || page.isEnd()) {
        catchUpAgain();
      }
      return;
    }
    feeds.hasDelivered();
    run(() -> {
      if (call.mayOrRefuse(Action.READ, resource())) {
        take(page, false);
      }
    });
  }

  /** The session can't be followed from this place any more. */
  final void refused(Feed by, Place at, Refusal refusal) {
    if (state != State.FOLLOWING || feed != by) {
      return;
    }
    feed = null;
    if (place.queueId() == at.queueId()) {
      run(() -> end(refusal));
    } else {
      catchUpAgain();
    }
  }

  /** By a fault of ours. */
  final void fail() {
    if (state == State.FOLLOWING) {
      feed = null;
      run(() -> call.response.end());
    }
  }

  private void end(Refusal refusal) {
    if (from == null && refusal.code() == RefusalCode.GONE) {
      call.response.end(reclaimed());
    } else if (from == null && Feeds.passes(refusal)) {
      loop.later(
          Feeds.pauseMillis(),
          () -> {
            if (state == State.CATCHING_UP) {
              loop.admit(this);
            }
          });
    } else if (Feeds.passes(refusal)) {
      ComeAgain.answer(call.request, refusal.message());
    } else {
      call.refuse(Problem.of(refusal));
    }
  }

  // ---- pausing

  private void pause() {
    unfollow();
    state = State.PAUSED;
    feeds.pausing(true);
    pausedNanos = now();
    call.response.drainHandler(_ -> {
      call.response.drainHandler(null);
      if (state == State.PAUSED) {
        feeds.pausing(false);
        state = State.CATCHING_UP;
        arm(HEARTBEAT_NANOS);
        loop.admit(this);
      }
    });
    arm(feeds.config().slowTime().toNanos());
  }

  // ---- time

  private void arm(long nanos) {
    if (timer != NO_TIMER) {
      loop.cancelTimer(timer);
    }
    long left = endNanos == NEVER ? nanos : Math.min(nanos, endNanos - now());
    timer = loop.setTimer(left / NANOS_PER_MILLI + 1, this);
  }

  /** Some time has passed. */
  final void tick() {
    timer = NO_TIMER;
    if (state != State.OVER) {
      run(this::look);
    }
  }

  private void look() {
    long now = now();
    if (state == State.PAUSED) {
      long left = pausedNanos + feeds.config().slowTime().toNanos() - now;
      if (left <= 0) {
        cutOff();
      } else {
        arm(left);
      }
      return;
    }
    if (endNanos != NEVER && now >= endNanos) {
      call.response.end();
      return;
    }
    if (now - writtenNanos >= HEARTBEAT_NANOS - NANOS_PER_MILLI
        && !call.response.writeQueueFull()) {
      if (!call.mayOrRefuse(Action.READ, resource())) {
        return; // its token has ended meanwhile
      }
      call.response.write(HEARTBEAT);
      writtenNanos = now;
    }
    arm(Math.max(NANOS_PER_MILLI, writtenNanos + HEARTBEAT_NANOS - now));
  }

  private void cutOff() {
    feeds.hasCutOff();
    call.abort();
  }
}
