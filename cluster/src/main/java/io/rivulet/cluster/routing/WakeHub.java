package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.subscription.Wake;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread, the scheduler's; what others call only hands over. Whoever delivers wakes on
 * this node waits here for all shards that are here. Each of them is asked for a few; what nobody
 * takes at once stays here until somebody does, and its shard hands it out again if that takes too
 * long.
 */
final class WakeHub {
  /** Wakes that a shard is asked for at a time. */
  private static final int PAGE = 8;

  private static final long AGAIN_MILLIS = 1000;

  private record Taker(int limit, CompletableFuture<Outcome<List<Wake>>> reply) {}

  private final Shards shards;
  private final ScheduledExecutorService thread;
  private final ArrayDeque<Taker> takers = new ArrayDeque<>();
  private final ArrayDeque<Wake> found = new ArrayDeque<>();

  /** What was asked of which engine of a shard: after a move it is another one. */
  private final Map<Integer, Asked> asked = new HashMap<>();

  private record Asked(Engine engine, CompletableFuture<Outcome<List<Wake>>> wakes) {}

  WakeHub(Shards shards, ScheduledExecutorService thread) {
    this.shards = shards;
    this.thread = thread;
    shards.whenChanged(() -> execute(this::ask));
  }

  CompletableFuture<Outcome<List<Wake>>> take(int limit) {
    CompletableFuture<Outcome<List<Wake>>> reply = new CompletableFuture<>();
    execute(() -> {
      takers.add(new Taker(limit, reply));
      serve();
      ask();
    });
    return reply;
  }

  /** From time to time: a shard may be here of which nobody has told. */
  void refresh() {
    execute(this::ask);
  }

  private void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The node is being closed: who serves the shards next hands their wakes out.
    }
  }

  private void serve() {
    takers.removeIf(each -> each.reply.isDone());
    while (!takers.isEmpty() && !found.isEmpty()) {
      Taker taker = takers.remove();
      List<Wake> wakes = new ArrayList<>();
      while (wakes.size() < taker.limit && !found.isEmpty()) {
        wakes.add(found.remove());
      }
      if (!taker.reply.complete(Outcome.ok(wakes))) {
        wakes.reversed().forEach(found::addFirst);
      }
    }
  }

  private void ask() {
    takers.removeIf(each -> each.reply.isDone());
    if (takers.isEmpty() || !found.isEmpty()) {
      return;
    }
    shards.local().forEach(this::ask);
  }

  @SuppressWarnings("ReferenceEquality") // an engine is equal to the one that came after it
  private void ask(int shard, Engine engine) {
    Asked before = asked.get(shard);
    if (before != null && before.engine == engine) {
      return;
    }
    if (before != null) {
      before.wakes.cancel(false);
    }
    CompletableFuture<Outcome<List<Wake>>> wakes;
    try {
      wakes = engine.takeWakes(PAGE);
    } catch (NotOwnerException moved) {
      return;
    }
    Asked now = new Asked(engine, wakes);
    asked.put(shard, now);
    var _ =
        wakes.whenComplete((@Nullable Outcome<List<Wake>> outcome, @Nullable Throwable failure) ->
            execute(() -> {
              asked.remove(shard, now);
              if (outcome instanceof Outcome.Ok<List<Wake>>(List<Wake> some)) {
                found.addAll(some);
                serve();
                ask();
              } else if (failure == null) {
                // It has too much to do.
                askAgain();
              }
            }));
  }

  private void askAgain() {
    try {
      var _ = thread.schedule((Runnable) this::ask, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }
}
