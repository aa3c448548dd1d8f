package io.rivulet.cluster.routing;

import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: its parts are. Where leases are in a cluster: each shard has its own. */
record ShardParts(int count, Placement placement, Asking asking) implements Returns.Parts {
  @Override
  public int of(String receiptHandle) {
    return placement.ofReceipt(receiptHandle);
  }

  @Override
  public CompletableFuture<Outcome<Integer>> endRenewal(
      int part, Set<String> clientIds, Duration grantedWithin) {
    return asking.one(part, engine -> engine.endRenewal(clientIds, grantedWithin));
  }
}
