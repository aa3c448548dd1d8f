package io.rivulet.cluster.routing;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.subscription.FollowedSubscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Safe for all threads: its parts are. Tells all shards of a subscription that one of them holds,
 * each of those streams that it has.
 */
final class Spreading {
  private final Ways ways;

  Spreading(Ways ways) {
    this.ways = ways;
  }

  /** Refused if one of them was not told. */
  CompletableFuture<Outcome<List<Boolean>>> tell(FollowedSubscription held) {
    List<CompletableFuture<Outcome<Boolean>>> told = new ArrayList<>();
    int home = ways.placement().ofId(held.id());
    for (int shard = 0; shard < ways.placement().shards(); shard++) {
      if (shard != home) {
        FollowedSubscription part = partOf(held, shard);
        told.add(ways.asking().one(shard, engine -> engine.followSubscription(part)));
      }
    }
    return Asking.together(told);
  }

  private FollowedSubscription partOf(FollowedSubscription held, int shard) {
    return held.with(
        held.definition()
            .with(
                held.definition().streams().stream()
                    .filter(
                        each -> ways.placement().ofLite(each.topic(), each.liteTopic()) == shard)
                    .toList()));
  }
}
