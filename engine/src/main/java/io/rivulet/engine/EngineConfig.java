package io.rivulet.engine;

import io.rivulet.engine.index.SnapshotBounds;
import io.rivulet.engine.scheduling.DelayBounds;
import io.rivulet.engine.scheduling.Holding;
import io.rivulet.engine.scheduling.SchedulingBounds;
import io.rivulet.engine.subscription.SubscriptionBounds;
import java.time.Duration;
import java.util.Optional;

/**
 * Immutable. The engine's bounds and defaults; every one of them is a setting of the server.
 *
 * @param autoCreateTopics whether a first send makes its topic, with the type of the message
 * @param autoCreateGroups whether a first subscription makes its group
 * @param retentionTime how long messages are kept at least as log segments; empty: without bound
 * @param retentionBytes how large the log may grow before its oldest segments go; 0: without bound
 * @param liteTtl the TTL of lite topics whose parent has none; empty: as long as retention
 * @param maxMessageBytes the largest body, 1 B to 128 MiB
 * @param maxPollMessages the most messages in one reply, 1 to 4096
 * @param maxPollBytes the most body bytes in one reply (one message may exceed it), from 64 KiB
 * @param maxWindow how far, in messages, a group may be ahead of its oldest unacknowledged message
 *     in one queue, 1 to 1,000,000; at the bound the queue waits
 * @param normalQueues queues that the messages of a NORMAL topic are spread over, 1 to 64
 * @param leaseTime the lease of a consumer that names none; renewed while its client is alive
 * @param maxLeaseTime how long such a lease is renewed in all
 * @param clientTimeout a client that was not heard of for so long is gone: its leases end
 * @param subscriptionTimeout subscriptions of a client not heard of for so long end
 * @param recentIds message ids remembered to recognise repeated sends, 1024 to 16,777,216
 * @param checkpointBytes log bytes after which the index is brought up to date at the latest
 * @param checkpointInterval time after which the index is brought up to date at the latest
 * @param tailRecords log records after which the index is made durable at the latest, so that no
 *     more of them are replayed after a crash, from 1000
 * @param tailTime time after which the index is made durable at the latest
 * @param snapshots after how much a snapshot of the index is made
 * @param maxIdleQueues queues without anything to do that stay in memory, from 0
 * @param readyWindow queues that may stand in one ready set, from 1; what else is ready waits in
 *     the index
 * @param maxReadyQueues queues that may stand in all ready sets before those of consumers that do
 *     not poll take no more, from 1
 * @param maxQueuedCommands requests that may wait for the shard before callers are refused
 * @param maxQueuedPerClient sends of one client among them, from 1
 * @param largeWindowBytes bytes of large messages that may be on their way to the disk at the same
 *     time, 64 KiB to 1 GiB
 * @param quotas what one topic, namespace or client may take
 * @param holding how many sends to full topics may be held for room
 * @param delays how far ahead messages may be sent, and how many may wait for their time
 * @param scheduling how much is remembered and told of how groups are served
 * @param subscriptions how many subscriptions to streams there may be
 */
public record EngineConfig(
    boolean autoCreateTopics,
    boolean autoCreateGroups,
    Optional<Duration> retentionTime,
    long retentionBytes,
    Optional<Duration> liteTtl,
    int maxMessageBytes,
    int maxPollMessages,
    int maxPollBytes,
    int maxWindow,
    int normalQueues,
    Duration leaseTime,
    Duration maxLeaseTime,
    Duration clientTimeout,
    Duration subscriptionTimeout,
    int recentIds,
    long checkpointBytes,
    Duration checkpointInterval,
    int tailRecords,
    Duration tailTime,
    SnapshotBounds snapshots,
    int maxIdleQueues,
    int readyWindow,
    int maxReadyQueues,
    int maxQueuedCommands,
    int maxQueuedPerClient,
    int largeWindowBytes,
    Quotas quotas,
    Holding holding,
    DelayBounds delays,
    SchedulingBounds scheduling,
    SubscriptionBounds subscriptions) {

  public static EngineConfig defaults() {
    return new EngineConfig(
        true,
        true,
        Optional.of(Duration.ofDays(7)),
        0,
        Optional.empty(),
        64 << 20,
        256,
        4 << 20,
        16_384,
        4,
        Duration.ofSeconds(60),
        Duration.ofHours(3),
        Duration.ofSeconds(60),
        Duration.ofMinutes(3),
        131_072,
        64L << 20,
        Duration.ofSeconds(5),
        200_000,
        Duration.ofMinutes(1),
        SnapshotBounds.none(),
        65_536,
        16_384,
        262_144,
        65_536,
        4096,
        1 << 20,
        Quotas.defaults(),
        Holding.defaults(),
        DelayBounds.defaults(),
        SchedulingBounds.defaults(),
        SubscriptionBounds.defaults());
  }

  /** One that differs in what is set. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Owned by one thread. */
  public static final class Builder {
    private boolean autoCreateTopics;
    private boolean autoCreateGroups;
    private Optional<Duration> retentionTime;
    private long retentionBytes;
    private Optional<Duration> liteTtl;
    private int maxMessageBytes;
    private int maxPollMessages;
    private int maxPollBytes;
    private int maxWindow;
    private int normalQueues;
    private Duration leaseTime;
    private Duration maxLeaseTime;
    private Duration clientTimeout;
    private Duration subscriptionTimeout;
    private int recentIds;
    private long checkpointBytes;
    private Duration checkpointInterval;
    private int tailRecords;
    private Duration tailTime;
    private SnapshotBounds snapshots;
    private int maxIdleQueues;
    private int readyWindow;
    private int maxReadyQueues;
    private int maxQueuedCommands;
    private int maxQueuedPerClient;
    private int largeWindowBytes;
    private Quotas quotas;
    private Holding holding;
    private DelayBounds delays;
    private SchedulingBounds scheduling;
    private SubscriptionBounds subscriptions;

    private Builder(EngineConfig from) {
      autoCreateTopics = from.autoCreateTopics;
      autoCreateGroups = from.autoCreateGroups;
      retentionTime = from.retentionTime;
      retentionBytes = from.retentionBytes;
      liteTtl = from.liteTtl;
      maxMessageBytes = from.maxMessageBytes;
      maxPollMessages = from.maxPollMessages;
      maxPollBytes = from.maxPollBytes;
      maxWindow = from.maxWindow;
      normalQueues = from.normalQueues;
      leaseTime = from.leaseTime;
      maxLeaseTime = from.maxLeaseTime;
      clientTimeout = from.clientTimeout;
      subscriptionTimeout = from.subscriptionTimeout;
      recentIds = from.recentIds;
      checkpointBytes = from.checkpointBytes;
      checkpointInterval = from.checkpointInterval;
      tailRecords = from.tailRecords;
      tailTime = from.tailTime;
      snapshots = from.snapshots;
      maxIdleQueues = from.maxIdleQueues;
      readyWindow = from.readyWindow;
      maxReadyQueues = from.maxReadyQueues;
      maxQueuedCommands = from.maxQueuedCommands;
      maxQueuedPerClient = from.maxQueuedPerClient;
      largeWindowBytes = from.largeWindowBytes;
      quotas = from.quotas;
      holding = from.holding;
      delays = from.delays;
      scheduling = from.scheduling;
      subscriptions = from.subscriptions;
    }

    public Builder autoCreateTopics(boolean value) {
      autoCreateTopics = value;
      return this;
    }

    public Builder autoCreateGroups(boolean value) {
      autoCreateGroups = value;
      return this;
    }

    public Builder retentionTime(Optional<Duration> value) {
      retentionTime = value;
      return this;
    }

    public Builder retentionBytes(long value) {
      retentionBytes = value;
      return this;
    }

    public Builder liteTtl(Optional<Duration> value) {
      liteTtl = value;
      return this;
    }

    public Builder maxMessageBytes(int value) {
      maxMessageBytes = value;
      return this;
    }

    public Builder maxPollMessages(int value) {
      maxPollMessages = value;
      return this;
    }

    public Builder maxPollBytes(int value) {
      maxPollBytes = value;
      return this;
    }

    public Builder maxWindow(int value) {
      maxWindow = value;
      return this;
    }

    public Builder normalQueues(int value) {
      normalQueues = value;
      return this;
    }

    public Builder leaseTime(Duration value) {
      leaseTime = value;
      return this;
    }

    public Builder maxLeaseTime(Duration value) {
      maxLeaseTime = value;
      return this;
    }

    public Builder clientTimeout(Duration value) {
      clientTimeout = value;
      return this;
    }

    public Builder subscriptionTimeout(Duration value) {
      subscriptionTimeout = value;
      return this;
    }

    public Builder recentIds(int value) {
      recentIds = value;
      return this;
    }

    public Builder checkpointBytes(long value) {
      checkpointBytes = value;
      return this;
    }

    public Builder checkpointInterval(Duration value) {
      checkpointInterval = value;
      return this;
    }

    public Builder tailRecords(int value) {
      tailRecords = value;
      return this;
    }

    public Builder tailTime(Duration value) {
      tailTime = value;
      return this;
    }

    public Builder snapshots(SnapshotBounds value) {
      snapshots = value;
      return this;
    }

    public Builder maxIdleQueues(int value) {
      maxIdleQueues = value;
      return this;
    }

    public Builder readyWindow(int value) {
      readyWindow = value;
      return this;
    }

    public Builder maxReadyQueues(int value) {
      maxReadyQueues = value;
      return this;
    }

    public Builder maxQueuedCommands(int value) {
      maxQueuedCommands = value;
      return this;
    }

    public Builder maxQueuedPerClient(int value) {
      maxQueuedPerClient = value;
      return this;
    }

    public Builder largeWindowBytes(int value) {
      largeWindowBytes = value;
      return this;
    }

    public Builder quotas(Quotas value) {
      quotas = value;
      return this;
    }

    public Builder holding(Holding value) {
      holding = value;
      return this;
    }

    public Builder delays(DelayBounds value) {
      delays = value;
      return this;
    }

    public Builder scheduling(SchedulingBounds value) {
      scheduling = value;
      return this;
    }

    public Builder subscriptions(SubscriptionBounds value) {
      subscriptions = value;
      return this;
    }

    public EngineConfig build() {
      return new EngineConfig(
          autoCreateTopics,
          autoCreateGroups,
          retentionTime,
          retentionBytes,
          liteTtl,
          maxMessageBytes,
          maxPollMessages,
          maxPollBytes,
          maxWindow,
          normalQueues,
          leaseTime,
          maxLeaseTime,
          clientTimeout,
          subscriptionTimeout,
          recentIds,
          checkpointBytes,
          checkpointInterval,
          tailRecords,
          tailTime,
          snapshots,
          maxIdleQueues,
          readyWindow,
          maxReadyQueues,
          maxQueuedCommands,
          maxQueuedPerClient,
          largeWindowBytes,
          quotas,
          holding,
          delays,
          scheduling,
          subscriptions);
    }
  }
}
