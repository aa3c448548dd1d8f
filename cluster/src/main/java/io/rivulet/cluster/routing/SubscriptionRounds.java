package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NotOwnerException;
import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionNews;
import io.rivulet.engine.subscription.SubscriptionReport;
import io.rivulet.engine.subscription.WakeBy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by one thread, the scheduler's; what others call only hands over. Carries what shards of
 * this node tell others about subscriptions: those that they hold to all shards, and what is
 * pending in their streams to the shards that hold the subscriptions. What is lost is told again by
 * the shards, every few seconds; whatever is thrown, a shard's rounds go on a second later.
 */
final class SubscriptionRounds {
  private static final Logger logger = LoggerFactory.getLogger(SubscriptionRounds.class);

  /** After something was thrown that nobody expected. */
  private static final long AGAIN_MILLIS = 1000;

  /** Between two rounds of a shard: so often, at most, is it said how far a stream has come. */
  private static final long PAUSE_MILLIS = 30;

  private final Shards shards;
  private final Ways ways;
  private final Spreading spreading;
  private final ScheduledExecutorService thread;

  /** Shards with a round under way, or that are looked at soon; true: there is more. */
  private final Map<Integer, Boolean> rounds = new HashMap<>();

  private final Set<FollowedSubscription> spread = new HashSet<>();

  SubscriptionRounds(
      Shards shards, Ways ways, Spreading spreading, ScheduledExecutorService thread) {
    this.shards = shards;
    this.ways = ways;
    this.spreading = spreading;
    this.thread = thread;
  }

  /** A shard that is here has something to tell. */
  void news(int shard) {
    execute(() -> {
      if (rounds.put(shard, true) == null) {
        step(shard, () -> begin(shard));
      }
    });
  }

  /** The top of the thread: what is thrown ends neither it nor the shard's rounds. */
  private void step(int shard, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      if (!(e instanceof NotOwnerException)) {
        logger.error(
            "What shard {} tells of subscriptions could not be carried; again in {} ms",
            shard,
            AGAIN_MILLIS,
            e);
      }
      rounds.put(shard, true);
      pause(shard, AGAIN_MILLIS);
    }
  }

  private void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The node is being closed: who serves the shard next tells it anew.
    }
  }

  private void begin(int shard) {
    rounds.put(shard, false);
    Engine engine = shards.local().get(shard);
    if (engine == null) {
      // It is being opened, or gone; it tells again.
      rounds.remove(shard);
      return;
    }
    CompletableFuture<Outcome<SubscriptionNews>> asked;
    try {
      asked = engine.subscriptionNews();
    } catch (NotOwnerException moved) {
      rounds.remove(shard);
      return;
    }
    var _ =
        asked.whenComplete((outcome, failure) ->
            execute(() ->
                step(
                    shard,
                    () -> {
                      if (failure == null
                          && outcome instanceof Outcome.Ok<SubscriptionNews>(var news)) {
                        carry(engine, news);
                        rounds.computeIfPresent(shard, (_, more) -> more || news.hasMore());
                      }
                      pause(shard, PAUSE_MILLIS);
                    })));
  }

  private void pause(int shard, long millis) {
    try {
      var _ = thread.schedule(() -> step(shard, () -> end(shard)), millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The node is being closed.
    }
  }

  private void end(int shard) {
    if (Boolean.TRUE.equals(rounds.remove(shard))) {
      begin(shard);
    }
  }

  private void carry(Engine engine, SubscriptionNews news) {
    Map<Integer, List<SubscriptionReport>> byHome = new HashMap<>();
    for (SubscriptionReport each : news.reports()) {
      byHome.computeIfAbsent(ways.placement().ofId(each.id()), _ -> new ArrayList<>()).add(each);
    }
    byHome.forEach((home, part) -> report(engine, home, part));
    for (FollowedSubscription each : news.followed()) {
      if (!spread.contains(each)) {
        spread(engine, each);
      }
    }
  }

  private void spread(Engine engine, FollowedSubscription each) {
    CompletableFuture<Outcome<List<Boolean>>> told = spreading.tell(each);
    spread.add(each);
    var _ =
        told.whenComplete((outcome, failure) ->
            execute(() -> {
              spread.remove(each);
              if (failure == null && outcome.isOk()) {
                told(engine, each);
              }
            }));
  }

  private static void told(Engine engine, FollowedSubscription each) {
    try {
      var _ = engine.subscriptionsTold(List.of(each));
    } catch (NotOwnerException moved) {
      // Its next owner tells it once more.
    }
  }

  private void report(Engine engine, int home, List<SubscriptionReport> part) {
    Engine holder = shards.shard(home);
    if (holder == null) {
      return;
    }
    try {
      var _ =
          holder
              .hearReports(part)
              .thenAccept(outcome -> {
                if (outcome instanceof Outcome.Ok<List<Long>>(List<Long> unknown)) {
                  unknown.forEach(id -> forget(engine, id));
                }
              });
    } catch (NotOwnerException moved) {
      // It is told again.
    }
  }

  /** Who holds it has deleted it, and this shard did not hear of that. */
  private static void forget(Engine engine, long id) {
    try {
      var _ = engine.followSubscription(gone(id));
    } catch (NotOwnerException moved) {
      // Its next owner reports it once more.
    }
  }

  private static FollowedSubscription gone(long id) {
    SubscriptionDefinition none =
        new SubscriptionDefinition(
            new WakeBy.Webhook(""), Optional.empty(), List.of(), Duration.ZERO, "");
    return new FollowedSubscription(id, "", none, Instant.EPOCH, Long.MAX_VALUE, true);
  }
}
