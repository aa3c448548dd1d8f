package io.rivulet.cluster.node;

import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Safe for all threads: what it remembers is volatile and changed by one timer. Whether requests
 * should be sent to this node.
 *
 * <p>That the metadata quorum does not answer is no reason by itself: when most of its members are
 * away this is so at all nodes, and they go on with the shards that they have. But if another node
 * is connected and this one is not, its map grows old, and its shards go to others: then requests
 * are better off elsewhere.
 */
final class Readiness {
  private final String self;
  private final Supplier<OwnershipStats> stats;
  private final Supplier<ShardMap> map;
  private final Supplier<Map<String, NodeReports>> others;
  private final Clock clock;
  private final Duration patience;
  private volatile OptionalLong cutOffSinceNanos = OptionalLong.empty();
  private volatile List<String> connectedOthers = List.of();
  private volatile boolean isAsking;

  /**
   * Knows nothing yet.
   *
   * @param others where the other nodes are asked how they are
   * @param patience how long the metadata quorum may not answer before others are asked
   */
  Readiness(
      String self,
      Supplier<OwnershipStats> stats,
      Supplier<ShardMap> map,
      Supplier<Map<String, NodeReports>> others,
      Clock clock,
      Duration patience) {
    this.self = self;
    this.stats = stats;
    this.map = map;
    this.others = others;
    this.clock = clock;
    this.patience = patience;
  }

  /** Why requests should go elsewhere; empty: they may come. Never blocks. */
  Optional<String> reason() {
    ShardMap current = map.get();
    OwnershipStats now = stats.get();
    if (current.shards() == 0) {
      return Optional.of("it does not know yet which node serves which shard");
    }
    if (now.isConnected() && !now.isRegistered()) {
      return Optional.of("the other nodes do not see it yet");
    }
    Optional<ShardMap.Node> me = current.node(self);
    if (me.filter(ShardMap.Node::isLeaving).isPresent()) {
      return Optional.of("it is about to stop");
    }
    if (me.filter(ShardMap.Node::isDrained).isPresent()) {
      return Optional.of("it is drained; `rivulet cluster undrain %s` ends that".formatted(self));
    }
    List<String> connected = connectedOthers;
    if (!now.isConnected() && !connected.isEmpty()) {
      return Optional.of(
          "it is cut off from the metadata quorum, to which %s connected"
              .formatted(
                  connected.size() == 1
                      ? connected.getFirst() + " is"
                      : String.join(", ", connected) + " are"));
    }
    return Optional.empty();
  }

  /** For a person who looks although all is well; may be empty. */
  String remark() {
    return stats.get().isConnected()
        ? ""
        : "the metadata quorum does not answer: nothing changes hands";
  }

  /** Asks the others, if need be; called now and then. */
  void look() {
    if (stats.get().isConnected()) {
      cutOffSinceNanos = OptionalLong.empty();
      connectedOthers = List.of();
      return;
    }
    long now = clock.nanos();
    OptionalLong since = cutOffSinceNanos;
    if (since.isEmpty()) {
      cutOffSinceNanos = OptionalLong.of(now);
    } else if (now - since.getAsLong() > patience.toNanos() && !isAsking) {
      isAsking = true;
      ask();
    }
  }

  private void ask() {
    Map<String, CompletableFuture<NodeReport>> asked = new TreeMap<>();
    others.get().forEach((name, reports) -> asked.put(name, reports.report()));
    var _ =
        CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
            .whenComplete((_, _) -> {
              List<String> connected = new ArrayList<>();
              asked.forEach((name, answer) -> {
                if (!answer.isCompletedExceptionally() && answer.join().isConnected()) {
                  connected.add(name);
                }
              });
              connectedOthers = List.copyOf(connected);
              isAsking = false;
            });
  }
}
