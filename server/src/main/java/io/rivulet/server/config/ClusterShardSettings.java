package io.rivulet.server.config;

import io.rivulet.cluster.node.ClusterTuning;
import io.rivulet.cluster.ownership.OwnershipConfig;
import java.time.Duration;
import java.util.List;

/** Immutable. The settings of how the nodes of a cluster share out its shards, and come and go. */
final class ClusterShardSettings {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration MOMENT = Duration.ofMillis(100);
  private static final OwnershipConfig.TakeOvers TAKE_OVERS = OwnershipConfig.TakeOvers.DEFAULT;
  private static final OwnershipConfig.Balancing BALANCING = OwnershipConfig.Balancing.DEFAULT;
  private static final ClusterTuning.Rhythm RHYTHM = ClusterTuning.defaults().rhythm();

  static final Setting<Duration> LOOK_INTERVAL =
      new Setting<>(
          "cluster.look-interval",
          new ValueType.Span(Duration.ofMillis(10), Duration.ofSeconds(10)),
          TAKE_OVERS.tick(),
          "How often a node looks after its shards without news. Raise it to save processor time"
              + " where nodes have many shards.");
  static final Setting<Duration> SETTLE_TIME =
      new Setting<>(
          "cluster.settle-time",
          new ValueType.Span(MOMENT, HOUR),
          TAKE_OVERS.settle(),
          "How long a node that has just come waits for others before it takes the shards of those"
              + " that are not there. Raise it if machines of a cluster start one after the other.");
  static final Setting<Duration> OWNER_PATIENCE =
      new Setting<>(
          "cluster.owner-patience",
          new ValueType.Span(MOMENT, HOUR),
          TAKE_OVERS.patience(),
          "How long the standby of a shard waits for a planned owner that is there and does not take"
              + " it.");
  static final Setting<Duration> CLOSE_TIME =
      new Setting<>(
          "cluster.close-time",
          new ValueType.Span(MOMENT, HOUR),
          TAKE_OVERS.closeTimeout(),
          "How long letting go of a shard may take before others may have it anyway.");
  static final Setting<Integer> TAKE_OVERS_AT_ONCE =
      new Setting<>(
          "cluster.take-overs-at-once",
          new ValueType.Count(1, 1024, "shards"),
          TAKE_OVERS.atOnce(),
          "Shards that one node opens at the same time. Raise it on fast disks and many processors.");
  static final Setting<Integer> MOVES_AT_ONCE =
      new Setting<>(
          "cluster.moves-at-once",
          new ValueType.Count(1, 1024, "shards"),
          BALANCING.movesAtOnce(),
          "Shards of the cluster that are on their way from a living owner to another one at the same"
              + " time. One alone stands still for the shortest time; more are done sooner on nodes with"
              + " many processors and many shards.");
  static final Setting<Duration> MOVE_TIME =
      new Setting<>(
          "cluster.move-time",
          new ValueType.Span(MOMENT, HOUR),
          BALANCING.moveTimeout(),
          "After which a move is given up whose new owner does not get ready. Raise it where indexes"
              + " are large.");
  static final Setting<Duration> RESIDENCE_TIME =
      new Setting<>(
          "cluster.residence-time",
          new ValueType.Span(MOMENT, HOUR),
          BALANCING.residence(),
          "How long a shard that was moved stays where it is, whatever its load.");
  static final Setting<Duration> LOAD_INTERVAL =
      new Setting<>(
          "cluster.load-interval",
          new ValueType.Span(MOMENT, HOUR),
          BALANCING.loadInterval(),
          "How often a node looks what its shards have to do.");
  static final Setting<Duration> LOAD_MEMORY =
      new Setting<>(
          "cluster.load-memory",
          new ValueType.Span(MOMENT, HOUR),
          BALANCING.loadMemory(),
          "What a shard had to do so long ago still counts about a third of what it has to do now when"
              + " shards are shared out by load. Shorter: nodes follow loads sooner, and shards move"
              + " more.");
  static final Setting<Duration> START_PATIENCE =
      new Setting<>(
          "cluster.start-patience",
          new ValueType.Span(Duration.ofSeconds(10), Duration.ofDays(1)),
          RHYTHM.startPatience(),
          "How long a start waits until most of the founding nodes are there.");
  static final Setting<Duration> PROBE_INTERVAL =
      new Setting<>(
          "cluster.probe-interval",
          new ValueType.Span(Duration.ofMillis(50), MINUTE),
          RHYTHM.probeInterval(),
          "How often a node looks whether another one that is not connected has ended: then its"
              + " shards are taken over at once, and not only after cluster.session-timeout.");
  static final Setting<Duration> ORPHAN_INTERVAL =
      new Setting<>(
          "cluster.orphan-interval",
          new ValueType.Span(MINUTE, Duration.ofDays(1)),
          RHYTHM.orphanInterval(),
          "How often one node looks for ledgers that nobody knows of, as deaths leave them, and"
              + " removes them.");
  static final Setting<Duration> LEAVE_DELAY =
      new Setting<>(
          "cluster.leave-delay",
          new ValueType.Span(Duration.ZERO, MINUTE),
          RHYTHM.leaveDelay(),
          "How long a node that is to stop says that it is not ready before it begins to, so that"
              + " load balancers leave first. Set it to two of their probes.");
  static final Setting<Duration> LEAVE_TIME =
      new Setting<>(
          "cluster.leave-time",
          new ValueType.Span(Duration.ZERO, MINUTE),
          RHYTHM.leaveTime(),
          "How long a stop waits for other nodes to get ready for each of its shards; those that are"
              + " left are taken over all the same, a little later. Raise it where nodes have many"
              + " shards, and whatever kills a process that does not end.");
  static final Setting<Duration> REPORT_TIME =
      new Setting<>(
          "cluster.report-time",
          new ValueType.Span(MOMENT, Duration.ofSeconds(30)),
          RHYTHM.reportTime(),
          "How long other nodes may take to say how they are when somebody asks for the cluster's"
              + " status; it names those that did not.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          LOOK_INTERVAL,
          SETTLE_TIME,
          OWNER_PATIENCE,
          CLOSE_TIME,
          TAKE_OVERS_AT_ONCE,
          MOVES_AT_ONCE,
          MOVE_TIME,
          RESIDENCE_TIME,
          LOAD_INTERVAL,
          LOAD_MEMORY,
          START_PATIENCE,
          PROBE_INTERVAL,
          ORPHAN_INTERVAL,
          LEAVE_DELAY,
          LEAVE_TIME,
          REPORT_TIME);

  private ClusterShardSettings() {}

  static ClusterTuning from(SettingValues values) throws ConfigException {
    return new ClusterTuning(
        ClusterLogSettings.log(values),
        ClusterLogSettings.storage(values),
        ClusterLogSettings.checkpoints(values),
        new OwnershipConfig.TakeOvers(
            values.get(LOOK_INTERVAL),
            values.get(SETTLE_TIME),
            values.get(OWNER_PATIENCE),
            values.get(CLOSE_TIME),
            values.get(TAKE_OVERS_AT_ONCE)),
        new OwnershipConfig.Balancing(
            values.get(MOVES_AT_ONCE),
            values.get(MOVE_TIME),
            values.get(RESIDENCE_TIME),
            values.get(LOAD_INTERVAL),
            values.get(LOAD_MEMORY)),
        new ClusterTuning.Rhythm(
            values.get(START_PATIENCE),
            values.get(PROBE_INTERVAL),
            values.get(ORPHAN_INTERVAL),
            values.get(LEAVE_DELAY),
            values.get(LEAVE_TIME),
            values.get(REPORT_TIME)));
  }
}
