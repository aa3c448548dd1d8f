package io.rivulet.cluster.node;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.ownership.Ownership;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.Draining;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/**
 * Safe for all threads: its parts are. Has nodes own nothing, or own shards again. Two wishes at
 * the same time may leave no node to own shards; then those that have some keep them.
 */
final class Drainer {
  private static final Duration ANSWER_TIME = Duration.ofSeconds(5);

  private final Ownership ownership;
  private final Timer timer;

  Drainer(Ownership ownership, Timer timer) {
    this.ownership = ownership;
    this.timer = timer;
  }

  CompletableFuture<Outcome<Draining>> drain(String node) {
    ShardMap map = ownership.map();
    if (map.node(node).isEmpty()) {
      return answered(new Draining.NoSuchNode(node, List.copyOf(map.nodes().keySet())));
    }
    boolean isAnotherLeft =
        map.nodes().values().stream()
            .anyMatch(each ->
                !each.name().equals(node)
                    && each.roles().contains(Role.COMPUTE)
                    && !each.isDrained()
                    && !each.isLeaving());
    return isAnotherLeft ? asked(ownership.drain(node)) : answered(new Draining.LastNode(node));
  }

  CompletableFuture<Outcome<Draining>> undrain(String node) {
    TreeSet<String> known = new TreeSet<>(ownership.map().nodes().keySet());
    known.addAll(ownership.drained());
    return known.contains(node)
        ? asked(ownership.undrain(node))
        : answered(new Draining.NoSuchNode(node, List.copyOf(known)));
  }

  private static CompletableFuture<Outcome<Draining>> answered(Draining answer) {
    return CompletableFuture.completedFuture(Outcome.ok(answer));
  }

  private CompletableFuture<Outcome<Draining>> asked(CompletableFuture<Boolean> change) {
    timer.after(
        ANSWER_TIME,
        () ->
            change.completeExceptionally(
                new TimeoutException("no answer within " + ANSWER_TIME.toSeconds() + " s")));
    return change.handle((hasChanged, failure) -> {
      if (failure == null) {
        return Outcome.<Draining>ok(new Draining.Done(hasChanged));
      }
      Throwable cause =
          failure instanceof CompletionException wrapped && wrapped.getCause() != null
              ? wrapped.getCause()
              : failure;
      return Outcome.refused(
          RefusalCode.UNAVAILABLE,
          "the metadata quorum did not take it, or did not say so: %s; try again"
              .formatted(cause.getMessage()));
    });
  }
}
