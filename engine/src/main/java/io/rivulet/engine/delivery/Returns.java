package io.rivulet.engine.delivery;

import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what changes is atomic, or behind the locks of {@link Doubts}. What was
 * leased to a client and never reaches it goes back, also if the engine can't take it just now.
 *
 * <p>A lease may be renewed for as long as its client lives, and the client knows nothing of this
 * one. So nothing is given back once and forgotten: what is refused for a reason that passes, or
 * fails, is tried again after a pause that grows. What can't be given back after some tries, and
 * what there are too many of, puts its client in doubt: leases that it was granted of late are to
 * be renewed no more, and that is tried until it is done.
 */
public final class Returns {
  /** Beyond these that wait for another try, clients are put in doubt at once. */
  static final int MAX_HANDLES = 20_000;

  /** With growing pauses this takes more than half a minute. */
  static final int MAX_TRIES = 12;

  /**
   * Whoever repeats an attempt is handed what it was granted before: that is so much older than its
   * answer, at most.
   */
  static final Duration GRANTED_BEFORE = Duration.ofMinutes(1);

  private static final long FIRST_PAUSE_MILLIS = 200;
  private static final long MOST_PAUSE_MILLIS = 5_000;

  /** Runs things after a while. */
  @FunctionalInterface
  public interface Timer {
    /** Runs the task once the delay has passed, on a thread where it must not block. */
    void after(Duration delay, Runnable task);
  }

  /** Where leases are: each part may refuse for a while when others do not. */
  public interface Parts {
    /** How many there are; that never changes. */
    int count();

    /** Which part gave out a receipt handle. */
    int of(String receiptHandle);

    /** {@link Engine#endRenewal} of one part. */
    CompletableFuture<Outcome<Integer>> endRenewal(
        int part, Set<String> clientIds, Duration grantedWithin);

    /** An engine that is one part. */
    static Parts whole(Engine engine) {
      return new Parts() {
        @Override
        public int count() {
          return 1;
        }

        @Override
        public int of(String receiptHandle) {
          return 0;
        }

        @Override
        public CompletableFuture<Outcome<Integer>> endRenewal(
            int part, Set<String> clientIds, Duration grantedWithin) {
          return engine.endRenewal(clientIds, grantedWithin);
        }
      };
    }
  }

  /**
   * Immutable. What did not reach a client.
   *
   * @param receiptHandles only one if it is put off
   * @param visibleIn null: nobody got it, it is visible at once and was no attempt
   * @param sinceNanos when it was to be given back first
   */
  private record Batch(
      String group,
      String clientId,
      boolean isRenewed,
      List<String> receiptHandles,
      @Nullable Duration visibleIn,
      long sinceNanos) {
    Batch of(List<String> handles) {
      return new Batch(group, clientId, isRenewed, handles, visibleIn, sinceNanos);
    }
  }

  private final Engine engine;
  private final Parts parts;
  private final Clock clock;
  private final Timer timer;
  private final List<Doubts> doubts;
  private final AtomicInteger waitingHandles = new AtomicInteger();
  private final LongAdder givenUp = new LongAdder();

  /**
   * @param engine takes back what it or its parts have handed out
   * @param maxLeaseTime for how long leases are renewed at most: what could not be said in that
   *     time need not be said any more
   */
  public Returns(Engine engine, Parts parts, Clock clock, Timer timer, Duration maxLeaseTime) {
    this.engine = engine;
    this.parts = parts;
    this.clock = clock;
    this.timer = timer;
    doubts =
        IntStream.range(0, parts.count())
            .mapToObj(part ->
                new Doubts(
                    (clients, within) -> asked(() -> parts.endRenewal(part, clients, within)),
                    clock,
                    timer,
                    maxLeaseTime,
                    givenUp))
            .toList();
  }

  /** Receipt handles, and clients in doubt, that wait for another try now. */
  public int waiting() {
    return waitingHandles.get() + doubts.stream().mapToInt(Doubts::waiting).sum();
  }

  /** Clients whose leases may go on being renewed though they never got the messages. */
  public long givenUp() {
    return givenUp.sum();
  }

  /**
   * Nobody got these messages: they are visible again, and the attempts do not count ({@link
   * Engine#release}).
   *
   * @param isRenewed the leases are renewed for as long as the client lives; others end by
   *     themselves if they can't be given back
   */
  public void giveBack(
      String group, String clientId, boolean isRenewed, List<String> receiptHandles) {
    if (!receiptHandles.isEmpty()) {
      tryOnce(
          new Batch(group, clientId, isRenewed, List.copyOf(receiptHandles), null, clock.nanos()),
          1);
    }
  }

  /** {@link #giveBack(String, String, boolean, List)} of what a poll was answered with. */
  public void giveBack(PollRequest poll, List<DeliveredMessage> messages) {
    giveBack(
        poll.group(),
        poll.clientId(),
        poll.invisible().isEmpty(),
        messages.stream().map(DeliveredMessage::receiptHandle).toList());
  }

  /**
   * A message could not be brought to its client: it is visible again after a while, and the
   * attempt counts. Only for leases that are renewed: others end by themselves.
   */
  public void putOff(String group, String clientId, String receiptHandle, Duration visibleIn) {
    tryOnce(new Batch(group, clientId, true, List.of(receiptHandle), visibleIn, clock.nanos()), 1);
  }

  /**
   * {@link Engine#endRenewal}, until it is done.
   *
   * @param grantedWithin how long ago from now it was granted, at most
   */
  public void endRenewal(Set<String> clientIds, Duration grantedWithin) {
    long since = clock.nanos() - grantedWithin.toNanos();
    doubts.forEach(each -> each.add(clientIds, since));
  }

  private void tryOnce(Batch batch, int tries) {
    CompletableFuture<List<Outcome<String>>> asked = asked(() -> ask(batch));
    var _ = asked.whenComplete((outcomes, _) -> answered(batch, outcomes, tries));
  }

  private CompletableFuture<List<Outcome<String>>> ask(Batch batch) {
    return batch.visibleIn == null
        ? engine.release(batch.group, batch.receiptHandles)
        : engine
            .changeInvisible(batch.group, batch.receiptHandles.getFirst(), batch.visibleIn, false)
            .thenApply(List::of);
  }

  /** What fails at once fails as if it were later. */
  private static <T> CompletableFuture<T> asked(Supplier<CompletableFuture<T>> question) {
    try {
      return question.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void answered(Batch batch, @Nullable List<Outcome<String>> outcomes, int tries) {
    List<String> handles = new ArrayList<>();
    for (int i = 0; i < batch.receiptHandles.size(); i++) {
      if (outcomes == null || i >= outcomes.size() || mayChange(outcomes.get(i))) {
        handles.add(batch.receiptHandles.get(i));
      }
    }
    if (handles.isEmpty()) {
      return;
    }
    Batch left = batch.of(List.copyOf(handles));
    if (tries >= MAX_TRIES || !hasRoomFor(handles.size())) {
      doubt(left);
      return;
    }
    timer.after(
        pause(tries),
        () -> {
          waitingHandles.addAndGet(-handles.size());
          tryOnce(left, tries + 1);
        });
  }

  /** What is refused for good was acknowledged, delivered to somebody else, or is gone. */
  private static boolean mayChange(Outcome<String> outcome) {
    return switch (outcome) {
      case Outcome.Ok<String> _ -> false;
      case Outcome.Refused<String>(Refusal refusal) ->
          switch (refusal.code()) {
            case UNAVAILABLE, TOO_MANY_REQUESTS, STORAGE_FULL -> true;
            default -> false;
          };
    };
  }

  private boolean hasRoomFor(int handles) {
    if (waitingHandles.addAndGet(handles) <= MAX_HANDLES) {
      return true;
    }
    waitingHandles.addAndGet(-handles);
    return false;
  }

  private void doubt(Batch batch) {
    if (batch.isRenewed) {
      long since = batch.sinceNanos - GRANTED_BEFORE.toNanos();
      batch.receiptHandles.stream()
          .map(parts::of)
          .distinct()
          .forEach(part -> doubts.get(part).add(Set.of(batch.clientId), since));
    }
  }

  /** It grows from try to try. */
  static Duration pause(int tries) {
    long millis = FIRST_PAUSE_MILLIS << Math.min(tries - 1, 10);
    return Duration.ofMillis(Math.min(MOST_PAUSE_MILLIS, millis));
  }
}
