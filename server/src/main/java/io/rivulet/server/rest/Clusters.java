package io.rivulet.server.rest;

import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.cluster.status.ClusterStatus;
import io.rivulet.cluster.status.Draining;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.ShardReport;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.server.config.DurationText;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Safe for all threads: immutable. The cluster over REST, if this is a node of one. */
final class Clusters {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int NOT_IMPLEMENTED = 501;

  private final Optional<ClusterControl> cluster;

  Clusters(Optional<ClusterControl> cluster) {
    this.cluster = cluster;
  }

  void describe(RestCall call) {
    with(
        call,
        control -> control.status().thenApply(Outcome::ok),
        status -> call.answer(shape(status)));
  }

  void drain(RestCall call) {
    change(call, true, control -> control.drain(call.inPath("node")));
  }

  void undrain(RestCall call) {
    change(call, false, control -> control.undrain(call.inPath("node")));
  }

  private void change(
      RestCall call,
      boolean isDrained,
      Function<ClusterControl, CompletableFuture<Outcome<Draining>>> work) {
    with(
        call,
        work,
        answer -> {
          switch (answer) {
            case Draining.Done(boolean hasChanged) ->
                call.answer(new ClusterShapes.Drained(call.inPath("node"), isDrained, hasChanged));
            case Draining.NoSuchNode none -> call.refuse(NOT_FOUND, "node not found", none.text());
            case Draining.LastNode last -> call.refuse(CONFLICT, "last node", last.text());
          }
        });
  }

  private <T> void with(
      RestCall call,
      Function<ClusterControl, CompletableFuture<Outcome<T>>> work,
      Consumer<T> step) {
    if (cluster.isEmpty()) {
      call.refuse(NOT_IMPLEMENTED, "no cluster", ClusterControl.NO_CLUSTER);
    } else {
      call.then(work.apply(cluster.get()), step);
    }
  }

  // ---- shapes

  private static ClusterShapes.Cluster shape(ClusterStatus status) {
    ClusterStatus.Storage storage = status.storage();
    return new ClusterShapes.Cluster(
        status.id(),
        status.answeredBy(),
        status.nodes().stream().map(Clusters::shape).toList(),
        status.shards().stream().map(Clusters::shape).toList(),
        status.unserved(),
        new ClusterShapes.Storage(
            storage.writable(),
            storage.readOnly(),
            storage.isNearlyFull(),
            storage.underReplicated().isPresent()
                ? Math.toIntExact(storage.underReplicated().getAsLong())
                : null,
            storage.someUnderReplicated()),
        status.absentDrained(),
        status.silent().entrySet().stream()
            .map(each -> new ClusterShapes.SilentNode(each.getKey(), each.getValue()))
            .toList());
  }

  private static ClusterShapes.Node shape(ClusterStatus.Node node) {
    return new ClusterShapes.Node(
        node.name(),
        node.roles().stream().map(Clusters::word).toList(),
        word(node.state()),
        node.addresses(),
        node.capacity(),
        node.owned(),
        node.load(),
        node.report().map(Clusters::shape).orElse(null));
  }

  private static ClusterShapes.NodeDetails shape(NodeReport report) {
    return new ClusterShapes.NodeDetails(
        report.version(),
        Instant.ofEpochMilli(report.startedMillis()).toString(),
        report.isConnected(),
        report.isPlanner(),
        word(report.storage()),
        report.opening(),
        report.prepared());
  }

  private static ClusterShapes.Shard shape(ClusterStatus.Shard shard) {
    return new ClusterShapes.Shard(
        shard.number(),
        name(shard.owner()),
        shard.isServed() ? shard.epoch() : null,
        name(shard.plannedOwner()),
        name(shard.standby()),
        shard.isStandbyReady(),
        shard.load().orElse(0),
        shard.report().map(Clusters::shape).orElse(null));
  }

  private static @Nullable String name(String node) {
    return node.isEmpty() ? null : node;
  }

  private static ClusterShapes.ShardDetails shape(ShardReport report) {
    ShardReport.LogReport log = report.log();
    ShardReport.CheckpointReport checkpoints = report.checkpoints();
    return new ClusterShapes.ShardDetails(
        log.copies(),
        log.heldMillis() == 0 ? null : time(log.heldMillis()),
        log.ledgers(),
        log.thinLedgers(),
        log.sizeBytes(),
        checkpoints.kept(),
        checkpoints.lagBytes(),
        checkpoints.ageMillis() < 0 ? null : time(checkpoints.ageMillis()),
        checkpoints.thinLedgers());
  }

  private static String time(long millis) {
    return DurationText.print(Duration.ofMillis(millis));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
