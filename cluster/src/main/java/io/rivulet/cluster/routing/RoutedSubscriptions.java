package io.rivulet.cluster.routing;

import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.subscription.Claimed;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.ShardAck;
import io.rivulet.engine.subscription.StreamAck;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionMade;
import io.rivulet.engine.subscription.SubscriptionReport;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.Wake;
import io.rivulet.engine.subscription.WakeAnswer;
import io.rivulet.engine.subscription.WakeKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Safe for all threads: its parts are. Subscriptions to streams. Each is held by the shard that its
 * name says: there its wakes and leases are. All shards follow it, and know how far it is in the
 * streams that they hold.
 */
abstract class RoutedSubscriptions implements Engine {
  private final Ways ways;
  private final Spreading spreading;

  RoutedSubscriptions(Ways ways) {
    this.ways = ways;
    spreading = new Spreading(ways);
  }

  /** Tells all shards of subscriptions that one of them holds. */
  final Spreading spreading() {
    return spreading;
  }

  /** Wakes of the subscriptions that are held here. */
  abstract WakeHub wakes();

  private <T> CompletableFuture<Outcome<T>> home(
      String name, Asking.Question<Outcome<T>> question) {
    return ways.asking().one(ways.placement().ofSubscription(name), question);
  }

  /** The next question, if this one was answered. */
  private static <A, B> CompletableFuture<Outcome<B>> then(
      CompletableFuture<Outcome<A>> first, Function<A, CompletableFuture<Outcome<B>>> next) {
    return first.thenCompose(outcome ->
        switch (outcome) {
          case Outcome.Ok<A>(A value) -> next.apply(value);
          case Outcome.Refused<A>(Refusal refusal) -> done(Outcome.refused(refusal));
        });
  }

  private static <T> CompletableFuture<T> done(T value) {
    return CompletableFuture.completedFuture(value);
  }

  // ---- making

  @Override
  public CompletableFuture<Outcome<SubscriptionMade>> makeSubscription(
      String name, SubscriptionDefinition definition) {
    return then(
        home(name, engine -> engine.makeSubscription(name, definition)), made -> known(name, made));
  }

  /** An answer is given when all shards know of it: what is appended from then on is noticed. */
  private <T> CompletableFuture<Outcome<T>> known(String name, T answer) {
    return then(
        home(name, engine -> engine.heldSubscription(name)),
        held -> spreading.tell(held).thenApply(all -> all.map(_ -> answer)));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> deleteSubscription(String name) {
    return home(name, engine -> engine.deleteSubscription(name));
  }

  @Override
  public CompletableFuture<Outcome<Integer>> linkStreams(String name, List<StreamPath> streams) {
    return then(
        home(name, engine -> engine.linkStreams(name, streams)), count -> known(name, count));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> unlinkStream(String name, StreamPath stream) {
    return then(home(name, engine -> engine.unlinkStream(name, stream)), was -> known(name, was));
  }

  @Override
  public CompletableFuture<Outcome<SubscriptionView>> describeSubscription(String name, int limit) {
    CompletableFuture<Outcome<SubscriptionView>> held =
        home(name, engine -> engine.describeSubscription(name, limit));
    if (limit == 0) {
      return held;
    }
    return then(
        held,
        view -> {
          List<CompletableFuture<Outcome<List<LinkedStream>>>> parts = new ArrayList<>();
          boolean[] hasMore = {view.hasMoreStreams()};
          int home = ways.placement().ofSubscription(name);
          for (int shard = 0; shard < ways.placement().shards(); shard++) {
            parts.add(shard == home ? done(Outcome.ok(view.streams())) : part(shard, name, limit));
          }
          return Asking.together(parts)
              .thenApply(all -> all.map(streams -> together(view, streams, limit, hasMore[0])));
        });
  }

  /** Streams of one shard; it may be the last to know of the subscription. */
  private CompletableFuture<Outcome<List<LinkedStream>>> part(int shard, String name, int limit) {
    return ways.asking()
        .one(shard, engine -> engine.describeSubscription(name, limit))
        .thenApply(outcome ->
            switch (outcome) {
              case Outcome.Ok<SubscriptionView>(SubscriptionView view) ->
                  Outcome.ok(view.streams());
              case Outcome.Refused<SubscriptionView>(Refusal refusal) ->
                  refusal.code() == RefusalCode.SUBSCRIPTION_NOT_FOUND
                      ? Outcome.ok(List.of())
                      : Outcome.refused(refusal);
            });
  }

  private SubscriptionView together(
      SubscriptionView held, List<List<LinkedStream>> parts, int limit, boolean hasMore) {
    Map<StreamPath, LinkedStream> known = new HashMap<>();
    List<LinkedStream> meant = new ArrayList<>();
    for (int shard = 0; shard < parts.size(); shard++) {
      for (LinkedStream each : parts.get(shard)) {
        if (shardOf(each.path()) == shard) {
          known.put(each.path(), each);
          if (!each.isExplicit()) {
            meant.add(each);
          }
        }
      }
    }
    List<LinkedStream> all = new ArrayList<>();
    for (LinkedStream each : held.streams()) {
      if (each.isExplicit()) {
        all.add(known.getOrDefault(each.path(), each));
      }
    }
    all.addAll(meant);
    boolean isCut = all.size() > limit;
    return new SubscriptionView(
        held.name(),
        held.definition(),
        held.createdAt(),
        held.isFailing(),
        List.copyOf(all.subList(0, Math.min(all.size(), limit))),
        // A shard that lists as many as it may has perhaps more.
        hasMore || isCut || parts.stream().anyMatch(each -> each.size() >= limit));
  }

  private int shardOf(StreamPath path) {
    return ways.placement().ofLite(path.topic(), path.liteTopic());
  }

  // ---- waking

  @Override
  public CompletableFuture<Outcome<List<Wake>>> takeWakes(int limit) {
    return wakes().take(limit);
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> wakeDelivered(WakeKey wake) {
    return home(wake.subscription(), engine -> engine.wakeDelivered(wake));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> wakeFailed(WakeKey wake, Duration retryAfter) {
    return home(wake.subscription(), engine -> engine.wakeFailed(wake, retryAfter));
  }

  // ---- working

  @Override
  public CompletableFuture<Outcome<Claimed>> claim(String subscription, String worker) {
    CompletableFuture<Outcome<Claimed>> first =
        home(subscription, engine -> engine.claim(subscription, worker));
    return then(
        first,
        claimed ->
            claimed instanceof Claimed.NothingPending
                ? claimAfterAsking(subscription, worker)
                : done(Outcome.ok(claimed)));
  }

  /** What was appended just now may not be known where the subscription is held. */
  private CompletableFuture<Outcome<Claimed>> claimAfterAsking(String name, String worker) {
    int home = ways.placement().ofSubscription(name);
    List<CompletableFuture<Outcome<List<SubscriptionReport>>>> asked = new ArrayList<>();
    for (int shard = 0; shard < ways.placement().shards(); shard++) {
      if (shard != home) {
        asked.add(
            ways.asking()
                .one(shard, engine -> engine.acknowledgeInShard(name, List.of(), false))
                .thenApply(RoutedSubscriptions::reportsOf));
      }
    }
    return then(
        Asking.together(asked),
        reports ->
            then(
                hear(name, reports.stream().flatMap(List::stream).toList()),
                _ -> home(name, engine -> engine.claim(name, worker))));
  }

  private static Outcome<List<SubscriptionReport>> reportsOf(Outcome<ShardAck> outcome) {
    return switch (outcome) {
      case Outcome.Ok<ShardAck>(ShardAck ack) -> Outcome.ok(List.of(ack.report()));
      case Outcome.Refused<ShardAck>(Refusal refusal) ->
          refusal.code() == RefusalCode.SUBSCRIPTION_NOT_FOUND
              ? Outcome.ok(List.of())
              : Outcome.refused(refusal);
    };
  }

  private CompletableFuture<Outcome<List<Long>>> hear(
      String name, List<SubscriptionReport> reports) {
    return home(name, engine -> engine.hearReports(reports));
  }

  /**
   * Acks go to the shards of their streams, once it is known that the wake is still the one that
   * counts and that none of them is refused; and then it goes on where the subscription is held,
   * which by then has heard what is left.
   */
  @Override
  public CompletableFuture<Outcome<WakeAnswer>> acknowledgeStreams(
      WakeKey wake, List<StreamAck> acks, boolean isDone) {
    String name = wake.subscription();
    int home = ways.placement().ofSubscription(name);
    Map<Integer, List<StreamAck>> byShard = new TreeMap<>();
    for (StreamAck each : acks) {
      byShard.computeIfAbsent(shardOf(each.stream()), _ -> new ArrayList<>()).add(each);
    }
    List<StreamAck> own = byShard.getOrDefault(home, List.of());
    if (own.size() == acks.size()) {
      return home(name, engine -> engine.acknowledgeStreams(wake, acks, isDone));
    }
    CompletableFuture<Outcome<WakeAnswer>> prolonged =
        home(name, engine -> engine.acknowledgeStreams(wake, List.of(), false));
    return ifDone(
        prolonged,
        () ->
            ifDone(
                byShard.size() == 1
                    ? done(Outcome.ok(new WakeAnswer.Done(false)))
                    : answer(inShards(name, byShard, false)),
                () -> {
                  byShard.remove(home);
                  return apply(wake, byShard, own, isDone);
                }));
  }

  private CompletableFuture<Outcome<WakeAnswer>> apply(
      WakeKey wake, Map<Integer, List<StreamAck>> others, List<StreamAck> own, boolean isDone) {
    String name = wake.subscription();
    CompletableFuture<Outcome<List<ShardAck>>> applied = inShards(name, others, true);
    return ifDone(
        answer(applied),
        () ->
            then(
                applied,
                all ->
                    then(
                        hear(name, all.stream().map(ShardAck::report).toList()),
                        _ -> home(name, engine -> engine.acknowledgeStreams(wake, own, isDone)))));
  }

  private CompletableFuture<Outcome<List<ShardAck>>> inShards(
      String name, Map<Integer, List<StreamAck>> byShard, boolean applies) {
    List<CompletableFuture<Outcome<ShardAck>>> asked = new ArrayList<>();
    byShard.forEach((shard, part) ->
        asked.add(
            ways.asking()
                .one(shard, engine -> engine.acknowledgeInShard(name, part, applies))
                .thenApply(RoutedSubscriptions::untilKnown)));
    return Asking.together(asked);
  }

  /** A shard that does not know yet what others do will in a moment. */
  private static <T> Outcome<T> untilKnown(Outcome<T> outcome) {
    return outcome instanceof Outcome.Refused<T>(Refusal refusal)
            && refusal.code() == RefusalCode.SUBSCRIPTION_NOT_FOUND
        ? Outcome.refused(
            RefusalCode.UNAVAILABLE,
            "not all shards know the subscription yet: nothing was acknowledged, try again")
        : outcome;
  }

  private static CompletableFuture<Outcome<WakeAnswer>> answer(
      CompletableFuture<Outcome<List<ShardAck>>> asked) {
    return asked.thenApply(outcome ->
        outcome.map(all ->
            all.stream()
                .map(ShardAck::answer)
                .filter(each -> !(each instanceof WakeAnswer.Done))
                .findFirst()
                .orElse(new WakeAnswer.Done(false))));
  }

  private static CompletableFuture<Outcome<WakeAnswer>> ifDone(
      CompletableFuture<Outcome<WakeAnswer>> first,
      Supplier<CompletableFuture<Outcome<WakeAnswer>>> next) {
    return then(
        first, answer -> answer instanceof WakeAnswer.Done ? next.get() : done(Outcome.ok(answer)));
  }

  // ---- between shards: whoever asks knows which one, or any will do

  @Override
  public CompletableFuture<Outcome<FollowedSubscription>> heldSubscription(String name) {
    return home(name, engine -> engine.heldSubscription(name));
  }

  @Override
  public CompletableFuture<Outcome<Boolean>> followSubscription(FollowedSubscription followed) {
    return spreading.tell(followed).thenApply(all -> all.map(each -> each.contains(true)));
  }

  @Override
  public CompletableFuture<Outcome<ShardAck>> acknowledgeInShard(
      String subscription, List<StreamAck> acks, boolean applies) {
    int shard =
        acks.isEmpty()
            ? ways.placement().ofSubscription(subscription)
            : shardOf(acks.getFirst().stream());
    return ways.asking()
        .one(shard, engine -> engine.acknowledgeInShard(subscription, acks, applies));
  }

  @Override
  public CompletableFuture<Outcome<List<Long>>> hearReports(List<SubscriptionReport> reports) {
    int home = reports.isEmpty() ? 0 : ways.placement().ofId(reports.getFirst().id());
    return ways.asking().one(home, engine -> engine.hearReports(reports));
  }
}
