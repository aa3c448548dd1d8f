package io.rivulet.server.rivulet;

import com.google.protobuf.Timestamp;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.ClusterNode;
import io.rivulet.api.v1.ClusterNodeReport;
import io.rivulet.api.v1.ClusterServiceGrpc;
import io.rivulet.api.v1.ClusterShard;
import io.rivulet.api.v1.ClusterShardReport;
import io.rivulet.api.v1.ClusterStorage;
import io.rivulet.api.v1.DescribeClusterRequest;
import io.rivulet.api.v1.DescribeClusterResponse;
import io.rivulet.api.v1.DrainNodeRequest;
import io.rivulet.api.v1.DrainNodeResponse;
import io.rivulet.api.v1.NodeRole;
import io.rivulet.api.v1.NodeState;
import io.rivulet.api.v1.NodeStorage;
import io.rivulet.api.v1.SilentNode;
import io.rivulet.api.v1.UndrainNodeRequest;
import io.rivulet.api.v1.UndrainNodeResponse;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.status.ClusterControl;
import io.rivulet.cluster.status.ClusterStatus;
import io.rivulet.cluster.status.Draining;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.ShardReport;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Safe for all threads: immutable. The service that shows and steers a cluster. */
final class ClusterServiceEndpoint extends ClusterServiceGrpc.ClusterServiceImplBase {
  private final Optional<ClusterControl> cluster;

  /**
   * @param cluster empty: this server is no node of one
   */
  ClusterServiceEndpoint(Optional<ClusterControl> cluster) {
    this.cluster = cluster;
  }

  @Override
  public void describeCluster(
      DescribeClusterRequest request, StreamObserver<DescribeClusterResponse> call) {
    Answers.answer(
        with(control -> control.status().thenApply(Outcome::ok)),
        call,
        ClusterServiceEndpoint::toWire);
  }

  @Override
  public void drainNode(DrainNodeRequest request, StreamObserver<DrainNodeResponse> call) {
    Answers.answer(
        with(control -> done(control.drain(request.getNode()))),
        call,
        hasChanged -> DrainNodeResponse.newBuilder().setChanged(hasChanged).build());
  }

  @Override
  public void undrainNode(UndrainNodeRequest request, StreamObserver<UndrainNodeResponse> call) {
    Answers.answer(
        with(control -> done(control.undrain(request.getNode()))),
        call,
        hasChanged -> UndrainNodeResponse.newBuilder().setChanged(hasChanged).build());
  }

  private <T> CompletableFuture<Outcome<T>> with(
      Function<ClusterControl, CompletableFuture<Outcome<T>>> work) {
    return cluster
        .map(work)
        .orElseGet(() ->
            CompletableFuture.completedFuture(
                Outcome.refused(RefusalCode.UNSUPPORTED, ClusterControl.NO_CLUSTER)));
  }

  private static CompletableFuture<Outcome<Boolean>> done(
      CompletableFuture<Outcome<Draining>> work) {
    return work.thenApply(outcome ->
        switch (outcome) {
          case Outcome.Refused<Draining>(var refusal) -> Outcome.refused(refusal);
          case Outcome.Ok<Draining>(Draining answer) ->
              switch (answer) {
                case Draining.Done(boolean hasChanged) -> Outcome.ok(hasChanged);
                case Draining.NoSuchNode none ->
                    Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, none.text());
                case Draining.LastNode last ->
                    Outcome.refused(RefusalCode.ILLEGAL_ARGUMENT, last.text());
              };
        });
  }

  // ---- on the wire

  private static DescribeClusterResponse toWire(ClusterStatus status) {
    DescribeClusterResponse.Builder wire =
        DescribeClusterResponse.newBuilder()
            .setId(status.id())
            .setAnsweredBy(status.answeredBy())
            .addAllUnserved(status.unserved())
            .setStorage(toWire(status.storage()))
            .addAllAbsentDrained(status.absentDrained());
    status.nodes().forEach(each -> wire.addNodes(toWire(each)));
    status.shards().forEach(each -> wire.addShards(toWire(each)));
    status
        .silent()
        .forEach((name, reason) ->
            wire.addSilent(SilentNode.newBuilder().setName(name).setReason(reason)));
    return wire.build();
  }

  private static ClusterStorage toWire(ClusterStatus.Storage storage) {
    ClusterStorage.Builder wire =
        ClusterStorage.newBuilder()
            .addAllWritable(storage.writable())
            .addAllReadOnly(storage.readOnly())
            .setNearlyFull(storage.isNearlyFull())
            .addAllSomeUnderReplicated(storage.someUnderReplicated());
    storage.underReplicated().ifPresent(count -> wire.setUnderReplicated(Math.toIntExact(count)));
    return wire.build();
  }

  private static ClusterNode toWire(ClusterStatus.Node node) {
    ClusterNode.Builder wire =
        ClusterNode.newBuilder()
            .setName(node.name())
            .setState(
                switch (node.state()) {
                  case ACTIVE -> NodeState.NODE_STATE_ACTIVE;
                  case DRAINING -> NodeState.NODE_STATE_DRAINING;
                  case DRAINED -> NodeState.NODE_STATE_DRAINED;
                  case LEAVING -> NodeState.NODE_STATE_LEAVING;
                })
            .putAllAddresses(node.addresses())
            .setCapacity(node.capacity())
            .setOwned(node.owned())
            .setLoad(node.load());
    for (Role role : node.roles()) {
      wire.addRoles(
          switch (role) {
            case COMPUTE -> NodeRole.NODE_ROLE_COMPUTE;
            case STORAGE -> NodeRole.NODE_ROLE_STORAGE;
          });
    }
    node.report().ifPresent(report -> wire.setReport(toWire(report)));
    return wire.build();
  }

  private static ClusterNodeReport toWire(NodeReport report) {
    Timestamp started = DefinitionMapping.toWire(Instant.ofEpochMilli(report.startedMillis()));
    return ClusterNodeReport.newBuilder()
        .setVersion(report.version())
        .setStarted(started)
        .setMetadataConnected(report.isConnected())
        .setPlanner(report.isPlanner())
        .setStorage(
            switch (report.storage()) {
              case NONE -> NodeStorage.NODE_STORAGE_NONE;
              case WRITABLE -> NodeStorage.NODE_STORAGE_WRITABLE;
              case READ_ONLY -> NodeStorage.NODE_STORAGE_READ_ONLY;
              case FAILED -> NodeStorage.NODE_STORAGE_FAILED;
            })
        .setOpening(report.opening())
        .setPrepared(report.prepared())
        .build();
  }

  private static ClusterShard toWire(ClusterStatus.Shard shard) {
    ClusterShard.Builder wire =
        ClusterShard.newBuilder()
            .setNumber(shard.number())
            .setOwner(shard.owner())
            .setEpoch(shard.epoch())
            .setPlannedOwner(shard.plannedOwner())
            .setStandby(shard.standby())
            .setStandbyReady(shard.isStandbyReady())
            .setLoad(shard.load().orElse(0));
    shard.report().ifPresent(report -> wire.setReport(toWire(report)));
    return wire.build();
  }

  private static ClusterShardReport toWire(ShardReport report) {
    ShardReport.LogReport log = report.log();
    ShardReport.CheckpointReport checkpoints = report.checkpoints();
    ClusterShardReport.Builder wire =
        ClusterShardReport.newBuilder()
            .setCopies(log.copies())
            .setLedgers(log.ledgers())
            .setThinLedgers(log.thinLedgers())
            .setSizeBytes(log.sizeBytes())
            .setCheckpoints(checkpoints.kept())
            .setCheckpointLagBytes(checkpoints.lagBytes())
            .setThinCheckpointLedgers(checkpoints.thinLedgers());
    if (log.heldMillis() > 0) {
      wire.setHeld(Durations.write(Duration.ofMillis(log.heldMillis())));
    }
    if (checkpoints.ageMillis() >= 0) {
      wire.setCheckpointAge(Durations.write(Duration.ofMillis(checkpoints.ageMillis())));
    }
    return wire.build();
  }
}
