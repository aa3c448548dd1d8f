package io.rivulet.server.config;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.index.SnapshotBounds;
import io.rivulet.engine.scheduling.DelayBounds;
import io.rivulet.engine.scheduling.Holding;
import io.rivulet.engine.scheduling.SchedulingBounds;
import io.rivulet.engine.subscription.SubscriptionBounds;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Immutable. The settings of the engine; the defaults are the engine's own. */
final class EngineSettings {
  private static final EngineConfig STANDARD = EngineConfig.defaults();
  private static final Duration LONGEST = Duration.ofDays(3650);

  static final Setting<Boolean> AUTO_CREATE_TOPICS =
      new Setting<>(
          "engine.auto-create-topics",
          new ValueType.Flag(),
          STANDARD.autoCreateTopics(),
          "Whether a first send makes its topic, with the type of the message. Switch it off where"
              + " topics are defined by an operator, so that a misspelt name is refused.");
  static final Setting<Boolean> AUTO_CREATE_GROUPS =
      new Setting<>(
          "engine.auto-create-groups",
          new ValueType.Flag(),
          STANDARD.autoCreateGroups(),
          "Whether a first subscription makes its consumer group. Switch it off where groups are"
              + " defined by an operator.");
  static final Setting<Optional<Duration>> RETENTION_TIME =
      new Setting<>(
          "engine.retention-time",
          new ValueType.Perhaps<>(new ValueType.Span(Duration.ofMinutes(1), LONGEST)),
          STANDARD.retentionTime(),
          "How long messages are kept, read or not. Lengthen it for history that is read again;"
              + " none keeps all until retention-bytes.");
  static final Setting<Long> RETENTION_BYTES =
      new Setting<>(
          "engine.retention-bytes",
          new ValueType.ByteSize(0, 1L << 50),
          STANDARD.retentionBytes(),
          "How large the log may grow before its oldest segments go, read or not; 0 is without"
              + " bound. Set it to what the disk can spare.");
  static final Setting<Optional<Duration>> LITE_TTL =
      new Setting<>(
          "engine.lite-ttl",
          new ValueType.Perhaps<>(new ValueType.Span(Duration.ofSeconds(1), LONGEST)),
          STANDARD.liteTtl(),
          "How long a lite topic may be idle before it is reclaimed, where its parent topic says"
              + " nothing; none keeps it as long as the retention. Shorten it for short-lived"
              + " sessions.");
  static final Setting<Long> MAX_MESSAGE_BYTES =
      new Setting<>(
          "engine.max-message-bytes",
          new ValueType.ByteSize(1, 128 << 20),
          (long) STANDARD.maxMessageBytes(),
          "The largest message body. Lower it to refuse bodies that your consumers can't take.");
  static final Setting<Integer> MAX_POLL_MESSAGES =
      new Setting<>(
          "engine.max-poll-messages",
          new ValueType.Count(1, 4096, "messages"),
          STANDARD.maxPollMessages(),
          "The most messages in one reply to a poll. Raise it for consumers of many tiny messages.");
  static final Setting<Long> MAX_POLL_BYTES =
      new Setting<>(
          "engine.max-poll-bytes",
          new ValueType.ByteSize(64 << 10, 1 << 30),
          (long) STANDARD.maxPollBytes(),
          "The most body bytes in one reply to a poll; a single larger message still goes. Lower it"
              + " for consumers with little memory.");
  static final Setting<Integer> MAX_WINDOW =
      new Setting<>(
          "engine.max-window",
          new ValueType.Count(1, 1_000_000, "messages"),
          STANDARD.maxWindow(),
          "How far a group may be ahead of its oldest unacknowledged message in one queue before"
              + " the queue waits. Raise it if one slow message holds up many quick ones.");
  static final Setting<Integer> NORMAL_QUEUES =
      new Setting<>(
          "engine.normal-queues",
          new ValueType.Count(1, 64, "queues"),
          STANDARD.normalQueues(),
          "Queues that the messages of a new NORMAL topic are spread over. Raise it when max-window"
              + " holds up a busy topic.");
  static final Setting<Duration> LEASE_TIME =
      new Setting<>(
          "engine.lease-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofHours(12)),
          STANDARD.leaseTime(),
          "How long a delivered message stays invisible to others when its consumer names no time;"
              + " renewed while the client is alive, but not where the message may never have reached"
              + " it: its connection, or a node, was lost within seconds. Shorten it for quicker"
              + " redelivery after a crash.");
  static final Setting<Duration> MAX_LEASE_TIME =
      new Setting<>(
          "engine.max-lease-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofDays(7)),
          STANDARD.maxLeaseTime(),
          "How long such a lease is renewed in all. Lengthen it for work on one message that takes"
              + " longer.");
  static final Setting<Duration> CLIENT_TIMEOUT =
      new Setting<>(
          "engine.client-timeout",
          new ValueType.Span(Duration.ofSeconds(5), Duration.ofHours(1)),
          STANDARD.clientTimeout(),
          "A client that was not heard of for so long is gone, and its leases end. Official clients"
              + " send a sign of life every 10 s; lengthen it for clients that pause longer.");
  static final Setting<Duration> SUBSCRIPTION_TIMEOUT =
      new Setting<>(
          "engine.subscription-timeout",
          new ValueType.Span(Duration.ofSeconds(5), Duration.ofDays(1)),
          STANDARD.subscriptionTimeout(),
          "The lite subscriptions of a client not heard of for so long end. Official clients renew"
              + " them every 30 s.");
  static final Setting<Integer> RECENT_IDS =
      new Setting<>(
          "engine.recent-ids",
          new ValueType.Count(1024, 16_777_216, "message ids"),
          STANDARD.recentIds(),
          "Message ids remembered to recognise a repeated send. Raise it when more messages than"
              + " that are sent while a producer retries.");
  static final Setting<Long> CHECKPOINT_BYTES =
      new Setting<>(
          "engine.checkpoint-bytes",
          new ValueType.ByteSize(1 << 20, 1L << 40),
          STANDARD.checkpointBytes(),
          "Log bytes after which the index is brought up to date at the latest. Lower it for a"
              + " quicker start after a crash, raise it for fewer writes.");
  static final Setting<Duration> CHECKPOINT_INTERVAL =
      new Setting<>(
          "engine.checkpoint-interval",
          new ValueType.Span(Duration.ofMillis(100), Duration.ofHours(1)),
          STANDARD.checkpointInterval(),
          "Time after which the index is brought up to date at the latest. As checkpoint-bytes.");
  static final Setting<Integer> TAIL_RECORDS =
      new Setting<>(
          "engine.tail-records",
          new ValueType.Count(1000, 1 << 30, "records"),
          STANDARD.tailRecords(),
          "Log records after which the index is made durable at the latest: no more are replayed"
              + " after a crash. Lower it for a quicker start after a crash.");
  static final Setting<Duration> TAIL_TIME =
      new Setting<>(
          "engine.tail-time",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofHours(1)),
          STANDARD.tailTime(),
          "Time after which the index is made durable at the latest. As tail-records.");
  static final Setting<Optional<Duration>> SNAPSHOT_INTERVAL =
      new Setting<>(
          "engine.snapshot-interval",
          new ValueType.Perhaps<>(new ValueType.Span(Duration.ofSeconds(1), Duration.ofDays(7))),
          STANDARD.snapshots().snapshotInterval(),
          "Time after which a snapshot of the index is made, if anything has changed: an index that"
              + " was lost begins with the newest one, and the log is replayed from there. none makes"
              + " them for retention only. Set it for a quick start without the index folder.");
  static final Setting<Long> SNAPSHOT_BYTES =
      new Setting<>(
          "engine.snapshot-bytes",
          new ValueType.ByteSize(0, 1L << 40),
          STANDARD.snapshots().snapshotBytes(),
          "Log bytes after which a snapshot of the index is made; 0 is however many. As"
              + " snapshot-interval.");
  static final Setting<Integer> SNAPSHOT_RECORDS =
      new Setting<>(
          "engine.snapshot-records",
          new ValueType.Count(0, 1 << 30, "records"),
          STANDARD.snapshots().snapshotRecords(),
          "Log records after which a snapshot of the index is made; 0 is however many. As"
              + " snapshot-interval.");
  static final Setting<Integer> MAX_IDLE_QUEUES =
      new Setting<>(
          "engine.max-idle-queues",
          new ValueType.Count(0, 100_000_000, "queues"),
          STANDARD.maxIdleQueues(),
          "Queues (lite topics are queues) without anything to do that stay in memory, about half a"
              + " kilobyte each. Raise it when more lite topics than that are used again and again.");
  static final Setting<Integer> READY_WINDOW =
      new Setting<>(
          "engine.ready-window",
          new ValueType.Count(1, 10_000_000, "queues"),
          STANDARD.readyWindow(),
          "Queues with undelivered messages that are held in memory for one consumer; the others"
              + " wait in the index and follow in the order in which they were made.");
  static final Setting<Integer> MAX_READY_QUEUES =
      new Setting<>(
          "engine.max-ready-queues",
          new ValueType.Count(1, 100_000_000, "queues"),
          STANDARD.maxReadyQueues(),
          "Queues with undelivered messages that are held in memory in all, before consumers that"
              + " don't poll get no more. Lower it for a small heap.");
  static final Setting<Integer> MAX_QUEUED_COMMANDS =
      new Setting<>(
          "engine.max-queued-commands",
          new ValueType.Count(16, 1 << 24, "requests"),
          STANDARD.maxQueuedCommands(),
          "Requests that may wait for the shard before callers are told to wait. Lower it for"
              + " shorter queues under overload.");
  static final Setting<Integer> MAX_QUEUED_PER_CLIENT =
      new Setting<>(
          "engine.max-queued-per-client",
          new ValueType.Count(1, 1 << 24, "requests"),
          STANDARD.maxQueuedPerClient(),
          "Sends of one client that may wait for the shard: one that floods the server is refused"
              + " before others wait long for it. Raise it for a program that keeps more in flight.");
  static final Setting<Long> LARGE_WINDOW_BYTES =
      new Setting<>(
          "engine.large-window-bytes",
          new ValueType.ByteSize(64 << 10, 1 << 30),
          (long) STANDARD.largeWindowBytes(),
          "Bytes of messages above 1 MiB that may be on their way to the disk at the same time:"
              + " small messages wait behind them. Lower it for shorter waits on a slow disk, raise"
              + " it where a disk needs more to be fast.");

  static final Setting<Integer> MAX_HELD_SENDS =
      new Setting<>(
          "engine.max-held-sends",
          new ValueType.Count(1, 1_000_000, "messages"),
          Holding.defaults().maxHeldSends(),
          "Messages to one full topic that may be held for room at a time (`rivulet topic set"
              + " --hold`); beyond it they are refused at once. Raise it with the number of"
              + " producers that wait for their sends.");
  static final Setting<Long> MAX_HELD_BYTES =
      new Setting<>(
          "engine.max-held-bytes",
          new ValueType.ByteSize(64 << 10, 1L << 30),
          Holding.defaults().maxHeldBytes(),
          "Bytes of messages to full topics that may be held for room at a time, of all topics"
              + " together. They also count against grpc.inflight-bytes: keep it well below.");

  static final Setting<Duration> MAX_DELAY =
      new Setting<>(
          "engine.max-delay",
          new ValueType.Span(Duration.ofSeconds(1), LONGEST),
          DelayBounds.defaults().maxDelay(),
          "How much later than now a message may be delivered. Lengthen it for reminders and"
              + " schedules; what waits is kept whatever the retention, and carried forward in the"
              + " log when it is older than that.");
  static final Setting<Integer> MAX_PARKED_MESSAGES =
      new Setting<>(
          "engine.max-parked-messages",
          new ValueType.Count(0, 1_000_000_000, "messages"),
          Math.toIntExact(DelayBounds.defaults().maxParkedMessages()),
          "Messages that may wait for their delivery time, of all topics; more are refused. Each"
              + " takes about 100 bytes of the index besides its place in the log.");

  static final Setting<Integer> MAX_STREAM_SUBSCRIPTIONS =
      new Setting<>(
          "engine.max-stream-subscriptions",
          new ValueType.Count(0, 100_000, "subscriptions"),
          SubscriptionBounds.defaults().maxStreamSubscriptions(),
          "Subscriptions to streams that there may be; all of them are held in memory, and an append"
              + " looks at those that follow streams of its topic.");
  static final Setting<Integer> MAX_SUBSCRIBED_STREAMS =
      new Setting<>(
          "engine.max-subscribed-streams",
          new ValueType.Count(1, 256, "streams"),
          SubscriptionBounds.defaults().maxSubscribedStreams(),
          "Streams that one subscription may name beside its pattern. A pattern may mean any"
              + " number.");
  static final Setting<Integer> MAX_WAKE_STREAMS =
      new Setting<>(
          "engine.max-wake-streams",
          new ValueType.Count(1, 1024, "streams"),
          SubscriptionBounds.defaults().maxWakeStreams(),
          "Streams that one wake of a subscription names; what is left gives the next wake. Lower it"
              + " where one wake is too much work for one lease.");

  static final Setting<Integer> MEASURED_GROUPS =
      new Setting<>(
          "engine.measured-groups",
          new ValueType.Count(0, 10_000, "groups"),
          SchedulingBounds.defaults().measuredGroups(),
          "Consumer groups that have metrics of their own, about ten each; the others are added up"
              + " under the name `_other`. Raise it if your scraper has room for more, lower it if"
              + " names of groups must not be seen there.");

  static final Setting<Integer> REMEMBERED_COSTS =
      new Setting<>(
          "engine.remembered-costs",
          new ValueType.Count(1, 16_777_216, "messages"),
          SchedulingBounds.defaults().rememberedCosts(),
          "Acknowledged messages whose cost may still be settled, of all groups that share by"
              + " fairness key; about 100 bytes each. Raise it if rivulet_costs_late_total grows:"
              + " more are acknowledged than that before a cost is known.");
  static final Setting<Integer> MAX_TOP_KEYS =
      new Setting<>(
          "engine.max-top-keys",
          new ValueType.Count(1, 100_000, "keys"),
          SchedulingBounds.defaults().maxTopKeys(),
          "Fairness keys that one answer to `rivulet group served` may name. Raise it for reports"
              + " on more tenants than that.");
  static final Setting<Integer> MAX_WAITING_POLLS =
      new Setting<>(
          "engine.max-waiting-polls",
          new ValueType.Count(1, 1_000_000, "polls"),
          SchedulingBounds.defaults().maxWaitingPolls(),
          "Polls of one group on a topic, or of one client that follows lite topics by name, that"
              + " may wait at a time; beyond it they are refused. Raise it for a group of more"
              + " workers than that.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          AUTO_CREATE_TOPICS,
          AUTO_CREATE_GROUPS,
          RETENTION_TIME,
          RETENTION_BYTES,
          LITE_TTL,
          MAX_MESSAGE_BYTES,
          MAX_POLL_MESSAGES,
          MAX_POLL_BYTES,
          MAX_WINDOW,
          NORMAL_QUEUES,
          LEASE_TIME,
          MAX_LEASE_TIME,
          CLIENT_TIMEOUT,
          SUBSCRIPTION_TIMEOUT,
          RECENT_IDS,
          CHECKPOINT_BYTES,
          CHECKPOINT_INTERVAL,
          TAIL_RECORDS,
          TAIL_TIME,
          SNAPSHOT_INTERVAL,
          SNAPSHOT_BYTES,
          SNAPSHOT_RECORDS,
          MAX_IDLE_QUEUES,
          READY_WINDOW,
          MAX_READY_QUEUES,
          MAX_QUEUED_COMMANDS,
          MAX_QUEUED_PER_CLIENT,
          LARGE_WINDOW_BYTES,
          MAX_HELD_SENDS,
          MAX_HELD_BYTES,
          MAX_DELAY,
          MAX_PARKED_MESSAGES,
          MEASURED_GROUPS,
          REMEMBERED_COSTS,
          MAX_TOP_KEYS,
          MAX_WAITING_POLLS,
          MAX_STREAM_SUBSCRIPTIONS,
          MAX_SUBSCRIBED_STREAMS,
          MAX_WAKE_STREAMS);

  private EngineSettings() {}

  static EngineConfig from(SettingValues values) {
    return EngineConfig.defaults().toBuilder()
        .autoCreateTopics(values.get(AUTO_CREATE_TOPICS))
        .autoCreateGroups(values.get(AUTO_CREATE_GROUPS))
        .retentionTime(values.get(RETENTION_TIME))
        .retentionBytes(values.get(RETENTION_BYTES))
        .liteTtl(values.get(LITE_TTL))
        .maxMessageBytes(Math.toIntExact(values.get(MAX_MESSAGE_BYTES)))
        .maxPollMessages(values.get(MAX_POLL_MESSAGES))
        .maxPollBytes(Math.toIntExact(values.get(MAX_POLL_BYTES)))
        .maxWindow(values.get(MAX_WINDOW))
        .normalQueues(values.get(NORMAL_QUEUES))
        .leaseTime(values.get(LEASE_TIME))
        .maxLeaseTime(values.get(MAX_LEASE_TIME))
        .clientTimeout(values.get(CLIENT_TIMEOUT))
        .subscriptionTimeout(values.get(SUBSCRIPTION_TIMEOUT))
        .recentIds(values.get(RECENT_IDS))
        .checkpointBytes(values.get(CHECKPOINT_BYTES))
        .checkpointInterval(values.get(CHECKPOINT_INTERVAL))
        .tailRecords(values.get(TAIL_RECORDS))
        .tailTime(values.get(TAIL_TIME))
        .snapshots(
            new SnapshotBounds(
                values.get(SNAPSHOT_INTERVAL),
                values.get(SNAPSHOT_BYTES),
                values.get(SNAPSHOT_RECORDS)))
        .maxIdleQueues(values.get(MAX_IDLE_QUEUES))
        .readyWindow(values.get(READY_WINDOW))
        .maxReadyQueues(values.get(MAX_READY_QUEUES))
        .maxQueuedCommands(values.get(MAX_QUEUED_COMMANDS))
        .maxQueuedPerClient(values.get(MAX_QUEUED_PER_CLIENT))
        .largeWindowBytes(Math.toIntExact(values.get(LARGE_WINDOW_BYTES)))
        .quotas(QuotaSettings.from(values))
        .holding(new Holding(values.get(MAX_HELD_SENDS), values.get(MAX_HELD_BYTES)))
        .delays(new DelayBounds(values.get(MAX_DELAY), values.get(MAX_PARKED_MESSAGES)))
        .subscriptions(
            new SubscriptionBounds(
                values.get(MAX_STREAM_SUBSCRIPTIONS),
                values.get(MAX_SUBSCRIBED_STREAMS),
                values.get(MAX_WAKE_STREAMS)))
        .scheduling(
            new SchedulingBounds(
                values.get(MEASURED_GROUPS),
                values.get(REMEMBERED_COSTS),
                values.get(MAX_TOP_KEYS),
                values.get(MAX_WAITING_POLLS)))
        .build();
  }
}
