package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.cluster.forward.ShardGoneException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what changes is atomic. Asks shards, wherever they are. While a shard moves
 * the request waits here for its next owner, for a bounded time, so that callers hardly notice.
 */
final class Asking {
  private static final long AGAIN_MILLIS = 20;

  /** A question to one shard. */
  @FunctionalInterface
  interface Question<T> extends Function<Engine, CompletableFuture<T>> {
    /** What is done with an answer that comes though nobody waits for it any more. */
    default void unwanted(T answer) {}

    /** A question whose answer must not be dropped. */
    static <T> Question<T> of(
        Function<Engine, CompletableFuture<T>> question, Consumer<T> unwanted) {
      return new Question<>() {
        @Override
        public CompletableFuture<T> apply(Engine engine) {
          return question.apply(engine);
        }

        @Override
        public void unwanted(T answer) {
          unwanted.accept(answer);
        }
      };
    }
  }

  /** What is said when a shard has no owner for too long. */
  interface Unanswered<T> {
    T refused(Refusal why);
  }

  private final Shards shards;
  private final View view;
  private final Clock clock;
  private final ScheduledExecutorService timer;
  private final Duration patience;
  private final int maxWaiting;
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder late = new LongAdder();
  private final LongAdder turnedAway = new LongAdder();

  /**
   * @param patience for how long a request waits for an owner
   * @param maxWaiting requests that may wait for an owner at a time
   */
  Asking(
      Shards shards,
      View view,
      Clock clock,
      ScheduledExecutorService timer,
      Duration patience,
      int maxWaiting) {
    this.shards = shards;
    this.view = view;
    this.clock = clock;
    this.timer = timer;
    this.patience = patience;
    this.maxWaiting = maxWaiting;
  }

  /** Requests that wait for an owner now. */
  int waiting() {
    return waiting.get();
  }

  /** Requests that were refused since no owner was found in time. */
  long late() {
    return late.sum();
  }

  /** Requests that were refused since too many were waiting. */
  long turnedAway() {
    return turnedAway.sum();
  }

  /** Asks one shard for one outcome. */
  <T> CompletableFuture<Outcome<T>> one(int shard, Question<Outcome<T>> question) {
    return ask(shard, question, Outcome::refused);
  }

  /**
   * Asks one shard for one outcome about a topic or a group. A shard that was not there when they
   * were defined is told of them now.
   */
  <T> CompletableFuture<Outcome<T>> one(
      int shard, @Nullable String topic, @Nullable String group, Question<Outcome<T>> question) {
    CompletableFuture<Outcome<T>> reply = one(shard, question);
    return chained(
        reply,
        outcome -> {
          if (!(outcome instanceof Outcome.Refused<T>(Refusal refusal)) || !isUnknown(refusal)) {
            return reply;
          }
          return view.teach(shard, topic, group)
              .map(taught -> chained(taught, _ -> oneAgain(shard, question), question::unwanted))
              .orElse(reply);
        },
        question::unwanted);
  }

  private <T> CompletableFuture<Outcome<T>> oneAgain(int shard, Question<Outcome<T>> question) {
    return chained(
        one(shard, question),
        outcome -> CompletableFuture.completedFuture(toldOf(shard, outcome)),
        question::unwanted);
  }

  /**
   * What a shard says that was told of a topic or a group. If it still knows nothing of it, it
   * could not be told: that is not the same as if there were none.
   */
  static <T> Outcome<T> toldOf(int shard, Outcome<T> outcome) {
    return outcome instanceof Outcome.Refused<T>(Refusal refusal) && isUnknown(refusal)
        ? Outcome.refused(
            RefusalCode.UNAVAILABLE,
            "shard %d could not be told of it just now (%s); nothing was done: try again"
                .formatted(shard, refusal.message()))
        : outcome;
  }

  static boolean isUnknown(Refusal refusal) {
    return refusal.code() == RefusalCode.TOPIC_NOT_FOUND
        || refusal.code() == RefusalCode.GROUP_NOT_FOUND;
  }

  /** Asks all shards; refused if one refuses, for the first reason given. */
  <T> CompletableFuture<Outcome<List<T>>> all(
      @Nullable String topic, @Nullable String group, Question<Outcome<T>> question) {
    List<CompletableFuture<Outcome<T>>> replies = new ArrayList<>();
    for (int shard = 0; shard < shards.count(); shard++) {
      replies.add(one(shard, topic, group, question));
    }
    return together(replies);
  }

  /** All values, in order; refused if one is. */
  static <T> CompletableFuture<Outcome<List<T>>> together(
      List<CompletableFuture<Outcome<T>>> replies) {
    return CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new))
        .thenApply(_ -> {
          List<T> values = new ArrayList<>(replies.size());
          for (CompletableFuture<Outcome<T>> reply : replies) {
            switch (reply.join()) {
              case Outcome.Ok<T>(T value) -> values.add(value);
              case Outcome.Refused<T>(Refusal refusal) -> {
                return Outcome.refused(refusal);
              }
            }
          }
          return Outcome.ok(values);
        });
  }

  /**
   * A step and the next one as one future. When that is cancelled the step's wait ends that is
   * under way.
   *
   * @param unwanted gets the last answer if it comes nevertheless
   */
  static <A, B> CompletableFuture<B> chained(
      CompletableFuture<A> first, Function<A, CompletableFuture<B>> next, Consumer<B> unwanted) {
    CompletableFuture<B> both = new CompletableFuture<>();
    var _ =
        both.whenComplete((_, _) -> {
          if (both.isCancelled()) {
            first.cancel(false);
          }
        });
    var _ =
        first.whenComplete((value, failure) -> {
          if (failure != null) {
            both.completeExceptionally(failure);
          } else if (!both.isDone()) {
            follow(both, value, next, unwanted);
          }
        });
    return both;
  }

  private static <A, B> void follow(
      CompletableFuture<B> both,
      A value,
      Function<A, CompletableFuture<B>> next,
      Consumer<B> unwanted) {
    CompletableFuture<B> second;
    try {
      second = next.apply(value);
    } catch (RuntimeException e) {
      both.completeExceptionally(e);
      return;
    }
    var _ =
        both.whenComplete((_, _) -> {
          if (both.isCancelled()) {
            second.cancel(false);
          }
        });
    var _ =
        second.whenComplete((answer, failure) -> {
          if (failure != null) {
            both.completeExceptionally(failure);
          } else if (!both.complete(answer)) {
            unwanted.accept(answer);
          }
        });
  }

  /** Asks one shard, whatever the form of the answer. */
  <T> CompletableFuture<T> ask(int shard, Question<T> question, Unanswered<T> unanswered) {
    Attempt<T> attempt = new Attempt<>(shard, question, unanswered, clock.nanos());
    attempt.run();
    return attempt.reply;
  }

  /** Owned by whoever runs it: one thread at a time. */
  private final class Attempt<T> implements Runnable {
    private final int shard;
    private final Question<T> question;
    private final Unanswered<T> unanswered;
    private final long startNanos;
    private final CompletableFuture<T> reply = new CompletableFuture<>();
    private boolean isWaiting;

    Attempt(int shard, Question<T> question, Unanswered<T> unanswered, long startNanos) {
      this.shard = shard;
      this.question = question;
      this.unanswered = unanswered;
      this.startNanos = startNanos;
    }

    @Override
    public void run() {
      stopWaiting();
      if (reply.isDone()) {
        return;
      }
      Engine engine = shards.shard(shard);
      if (engine == null) {
        again("no node serves it");
        return;
      }
      CompletableFuture<T> asked;
      try {
        asked = question.apply(engine);
      } catch (NotOwnerException e) {
        again(String.valueOf(e.getMessage()));
        return;
      } catch (RuntimeException bug) {
        reply.completeExceptionally(bug); // on the timer's thread nobody would hear of it
        return;
      }
      var _ = asked.whenComplete(this::answered);
      var _ =
          reply.whenComplete((_, _) -> {
            if (reply.isCancelled()) {
              asked.cancel(false);
            }
          });
    }

    private void answered(T value, @Nullable Throwable failure) {
      Throwable cause =
          failure instanceof CompletionException wrapped && wrapped.getCause() != null
              ? wrapped.getCause()
              : failure;
      switch (cause) {
        case null -> {
          if (!reply.complete(value)) {
            question.unwanted(value);
          }
        }
        case NotOwnerException moved -> again(String.valueOf(moved.getMessage()));
        case ShardGoneException gone ->
            reply.complete(
                unanswered.refused(
                    new Refusal(
                        RefusalCode.UNAVAILABLE,
                        gone.getMessage()
                            + ": it is not known whether the request was carried out; try again")));
        default -> reply.completeExceptionally(cause);
      }
    }

    private void again(String why) {
      boolean isLate = clock.nanos() - startNanos > patience.toNanos();
      if (isLate || waiting.get() >= maxWaiting) {
        (isLate ? late : turnedAway).increment();
        reply.complete(
            unanswered.refused(
                new Refusal(
                    RefusalCode.UNAVAILABLE,
                    "shard %d moves to another node (%s); nothing was done: try again"
                        .formatted(shard, why))));
        return;
      }
      isWaiting = true;
      waiting.incrementAndGet();
      var _ = timer.schedule(this, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void stopWaiting() {
      if (isWaiting) {
        isWaiting = false;
        waiting.decrementAndGet();
      }
    }
  }
}
