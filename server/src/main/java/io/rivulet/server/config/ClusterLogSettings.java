package io.rivulet.server.config;

import io.rivulet.cluster.checkpoint.CheckpointConfig;
import io.rivulet.cluster.ledger.LedgerLogConfig;
import io.rivulet.cluster.node.ClusterTuning;
import java.time.Duration;
import java.util.List;

/** Immutable. The settings of what a node of a cluster stores: logs and checkpoints in ledgers. */
final class ClusterLogSettings {
  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
  private static final LedgerLogConfig LOG = LedgerLogConfig.defaults();
  private static final CheckpointConfig CHECKPOINTS = CheckpointConfig.defaults();
  private static final ClusterTuning.Storage STORAGE = ClusterTuning.defaults().storage();

  static final Setting<Long> ROLL_BYTES =
      new Setting<>(
          "cluster.log-roll-bytes",
          new ValueType.ByteSize(64 * KIB, 16 * GIB),
          LOG.rollBytes(),
          "A ledger of a shard's log that holds so much is followed by a new one. Retention frees"
              + " room in units of it.");
  static final Setting<Duration> ROLL_AGE =
      new Setting<>(
          "cluster.log-roll-age",
          new ValueType.Span(Duration.ofMinutes(1), Duration.ofDays(30)),
          LOG.rollAge(),
          "A ledger whose first entry is so old is followed by a new one. Shorten it where retention"
              + " by time must be exact.");
  static final Setting<Long> HOT_BYTES =
      new Setting<>(
          "cluster.log-hot-bytes",
          new ValueType.ByteSize(0, GIB),
          (long) LOG.hotBytes(),
          "Memory of each shard for its newest entries of up to 512 KiB. Raise it where consumers are"
              + " often further behind; a node has it once for each shard that it owns.");
  static final Setting<Long> MAX_UNWRITTEN_BYTES =
      new Setting<>(
          "cluster.log-max-unwritten-bytes",
          new ValueType.ByteSize(4 * MIB, GIB),
          LOG.maxUnwrittenBytes(),
          "Bytes of each shard that may wait for enough storage nodes to have them; beyond it new"
              + " messages are refused, and acknowledgements at twice as much.");
  static final Setting<Duration> NODE_PATIENCE =
      new Setting<>(
          "cluster.log-node-patience",
          new ValueType.Span(SECOND, TEN_MINUTES),
          LOG.nodePatience(),
          "How long a storage node may be missing before logs go on without it in ledgers of two"
              + " copies, and how long they wait between such changes.");
  static final Setting<Long> REFILL_BYTES_PER_SECOND =
      new Setting<>(
          "cluster.log-refill-bytes-per-second",
          new ValueType.ByteSize(64 * KIB, GIB),
          (long) LOG.refillBytesPerSecond(),
          "Entries that too few storage nodes hold are copied no faster than this by each node."
              + " Lower it if messages wait for the disk meanwhile.");
  static final Setting<Duration> HOLD_LIMIT =
      new Setting<>(
          "cluster.log-hold-limit",
          new ValueType.Span(SECOND, TEN_MINUTES),
          LOG.holdLimit(),
          "How long a shard that cannot write although enough storage nodes run waits before it"
              + " gives itself up, for another node to take it over.");
  static final Setting<Duration> ANSWER_TIME =
      new Setting<>(
          "cluster.storage-answer-time",
          new ValueType.Span(SECOND, Duration.ofMinutes(1)),
          STORAGE.answerTime(),
          "How long a storage node may take to answer, in whole seconds; as long as two others"
              + " answer, nobody waits for it.");
  static final Setting<Long> STORAGE_MIN_FREE_BYTES =
      new Setting<>(
          "cluster.storage-min-free-bytes",
          new ValueType.ByteSize(0, 1L << 40),
          STORAGE.minFreeBytes(),
          "New messages are refused when fewer than two storage nodes have more left than this on"
              + " their disks; what frees room goes on. A storage node takes nothing any more when"
              + " half of it is left.");
  static final Setting<Long> CHECKPOINT_ENTRY_BYTES =
      new Setting<>(
          "cluster.checkpoint-entry-bytes",
          new ValueType.ByteSize(KIB, MIB),
          (long) CHECKPOINTS.entryBytes(),
          "Size of the entries that the files of checkpoints are cut into.");
  static final Setting<Integer> CHECKPOINT_ENTRIES_IN_FLIGHT =
      new Setting<>(
          "cluster.checkpoint-entries-in-flight",
          new ValueType.Count(1, 64, "entries"),
          CHECKPOINTS.entriesInFlight(),
          "Entries of checkpoints that are written, or read, at the same time. Raise it for storage"
              + " that is far away.");
  static final Setting<Long> CHECKPOINT_BYTES_PER_SECOND =
      new Setting<>(
          "cluster.checkpoint-bytes-per-second",
          new ValueType.ByteSize(MIB, 1L << 40),
          CHECKPOINTS.bytesPerSecond(),
          "How fast files of checkpoints are stored, and fetched by standbys, by all shards of a node"
              + " together. Lower it if messages wait for the disk meanwhile; raise it if a"
              + " checkpoint takes longer than engine.snapshot-interval.");
  static final Setting<Long> CHECKPOINT_MAX_SHARD_BYTES =
      new Setting<>(
          "cluster.checkpoint-max-shard-bytes",
          new ValueType.ByteSize(MIB, 1L << 50),
          CHECKPOINTS.maxShardBytes(),
          "What the checkpoints of one shard may take in ledgers, one copy of each. At the bound the"
              + " older one goes first; then none is stored, the log is not trimmed, and a"
              + " take-over replays more of it.");
  static final Setting<Long> CHECKPOINT_RENEW_BYTES =
      new Setting<>(
          "cluster.checkpoint-renew-bytes",
          new ValueType.ByteSize(MIB, 1L << 40),
          CHECKPOINTS.renewBytes(),
          "Files of a checkpoint that too few storage nodes may hold, since one was away or has lost"
              + " its disk, are stored again: so many bytes with each checkpoint, one file at least."
              + " Raise it if that takes too long; lower it if checkpoints take too long meanwhile.");
  static final Setting<Duration> CHECKPOINT_VERIFY_INTERVAL =
      new Setting<>(
          "cluster.checkpoint-verify-interval",
          new ValueType.Span(SECOND, Duration.ofDays(30)),
          CHECKPOINTS.verifyInterval(),
          "How often one more file of a checkpoint is read back, of those that were stored earlier.");
  static final Setting<Duration> CHECKPOINT_ANSWER_TIME =
      new Setting<>(
          "cluster.checkpoint-answer-time",
          new ValueType.Span(Duration.ofMillis(100), TEN_MINUTES),
          CHECKPOINTS.answerTime(),
          "How long to wait for one answer of the storage nodes about a checkpoint.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          ROLL_BYTES,
          ROLL_AGE,
          HOT_BYTES,
          MAX_UNWRITTEN_BYTES,
          NODE_PATIENCE,
          REFILL_BYTES_PER_SECOND,
          HOLD_LIMIT,
          ANSWER_TIME,
          STORAGE_MIN_FREE_BYTES,
          CHECKPOINT_ENTRY_BYTES,
          CHECKPOINT_ENTRIES_IN_FLIGHT,
          CHECKPOINT_BYTES_PER_SECOND,
          CHECKPOINT_MAX_SHARD_BYTES,
          CHECKPOINT_RENEW_BYTES,
          CHECKPOINT_VERIFY_INTERVAL,
          CHECKPOINT_ANSWER_TIME);

  private ClusterLogSettings() {}

  static LedgerLogConfig log(SettingValues values) {
    return new LedgerLogConfig(
        values.get(ROLL_BYTES),
        values.get(ROLL_AGE),
        Math.toIntExact(values.get(HOT_BYTES)),
        values.get(MAX_UNWRITTEN_BYTES),
        values.get(NODE_PATIENCE),
        Math.toIntExact(values.get(REFILL_BYTES_PER_SECOND)),
        values.get(HOLD_LIMIT));
  }

  static ClusterTuning.Storage storage(SettingValues values) throws ConfigException {
    Duration answerTime = values.get(ANSWER_TIME);
    if (answerTime.toNanosPart() != 0) {
      throw new ConfigException(
          "%s is a number of whole seconds, not %s"
              .formatted(ANSWER_TIME.name(), ANSWER_TIME.type().print(answerTime)));
    }
    return new ClusterTuning.Storage(answerTime, values.get(STORAGE_MIN_FREE_BYTES));
  }

  static CheckpointConfig checkpoints(SettingValues values) {
    return new CheckpointConfig(
        Math.toIntExact(values.get(CHECKPOINT_ENTRY_BYTES)),
        values.get(CHECKPOINT_ENTRIES_IN_FLIGHT),
        values.get(CHECKPOINT_BYTES_PER_SECOND),
        values.get(CHECKPOINT_MAX_SHARD_BYTES),
        values.get(CHECKPOINT_RENEW_BYTES),
        values.get(CHECKPOINT_VERIFY_INTERVAL),
        values.get(CHECKPOINT_ANSWER_TIME));
  }
}
