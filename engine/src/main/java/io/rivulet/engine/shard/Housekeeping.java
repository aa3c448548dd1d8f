package io.rivulet.engine.shard;

import io.rivulet.engine.EngineStats;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread; the gauges are volatile. What is done once a second: clients that fell
 * silent, lite topics that expired, retention, queues that went idle.
 */
final class Housekeeping {
  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
  private static final long INTERVAL_MILLIS = 1000;
  private static final int IDLE_LOOKS = 256;

  private final Rooms rooms;
  private long nextMillis;
  private boolean hasMoreToReclaim;
  private final GroupFigures groups;
  private volatile long leasedMessages;
  private volatile long rememberedCosts;
  private volatile long activeQueues;
  private volatile long flushedPosition;
  private volatile long liteTopics;
  private volatile long subscriptions;
  private volatile long streamSubscriptions;
  private volatile long waitingWakes;
  private volatile long owedMessages;
  private volatile long readyQueues;
  private volatile long reclaimLagMillis;
  private volatile long parkedMessages;
  private volatile long parkedBytes;
  private volatile long parkedLagMillis;
  private volatile EngineStats.Snapshots snapshots = EngineStats.Snapshots.NONE;

  Housekeeping(Rooms rooms, int measuredGroups) {
    this.rooms = rooms;
    groups = new GroupFigures(measuredGroups);
    nextMillis = rooms.clock().millis() + INTERVAL_MILLIS;
  }

  long nextMillis() {
    boolean mayReclaim = hasMoreToReclaim && !rooms.upkeep().checkpoint().isBusy();
    return mayReclaim || rooms.queues().hasIdleLooks() ? 0 : nextMillis;
  }

  boolean turn() {
    long now = rooms.clock().millis();
    rooms.queues().dropIdle(IDLE_LOOKS);
    boolean isBusy = rooms.upkeep().checkpoint().isBusy();
    if (hasMoreToReclaim && !isBusy) {
      hasMoreToReclaim = rooms.upkeep().reclaimer().turn();
    }
    if (now < nextMillis) {
      return (hasMoreToReclaim && !isBusy) || rooms.queues().hasIdleLooks();
    }
    nextMillis = now + INTERVAL_MILLIS;
    rooms.members().departures().lookAtClients();
    rooms.office().followings().repeat();
    rooms.traffic().pollServer().serveStarved();
    if (!isBusy) {
      hasMoreToReclaim = rooms.upkeep().reclaimer().turn();
    }
    try {
      rooms.upkeep().retention().turn();
    } catch (IOException e) {
      log.error("Retention cannot trim the log: {}", e.getMessage());
    }
    measure();
    return true;
  }

  private void measure() {
    long leased = 0;
    for (Group group : rooms.catalog().groups()) {
      for (GroupTopic followed : group.topics.values()) {
        leased += followed.leased;
      }
    }
    leasedMessages = leased;
    long lite = 0;
    long subscribed = 0;
    for (Topic topic : rooms.catalog().topics()) {
      lite += topic.liteTopics;
      subscribed += topic.subscriptions;
    }
    liteTopics = lite;
    subscriptions = subscribed;
    streamSubscriptions = rooms.office().followings().held();
    waitingWakes = rooms.office().wakes().waiting();
    owedMessages = rooms.fold().outbox().count();
    readyQueues = rooms.traffic().dispatcher().readyQueues();
    reclaimLagMillis = rooms.upkeep().reclaimer().lagMillis();
    parkedMessages = rooms.fold().parked().total();
    parkedBytes = rooms.fold().parked().totalBytes();
    parkedLagMillis = rooms.upkeep().parking().lagMillis();
    rememberedCosts = rooms.traffic().settlements().remembered();
    activeQueues = rooms.queues().activeCount();
    groups.measure(rooms.catalog().groups(), rooms.clock().millis());
    flushedPosition = rooms.upkeep().checkpoint().flushedPosition();
    snapshots = rooms.upkeep().checkpoint().snapshots();
  }

  EngineStats.Snapshots snapshots() {
    return snapshots;
  }

  GroupFigures groups() {
    return groups;
  }

  long liteTopics() {
    return liteTopics;
  }

  long subscriptions() {
    return subscriptions;
  }

  long streamSubscriptions() {
    return streamSubscriptions;
  }

  long owedMessages() {
    return owedMessages;
  }

  long waitingWakes() {
    return waitingWakes;
  }

  long readyQueues() {
    return readyQueues;
  }

  long reclaimLagMillis() {
    return reclaimLagMillis;
  }

  long parkedMessages() {
    return parkedMessages;
  }

  long parkedBytes() {
    return parkedBytes;
  }

  long parkedLagMillis() {
    return parkedLagMillis;
  }

  long leasedMessages() {
    return leasedMessages;
  }

  long rememberedCosts() {
    return rememberedCosts;
  }

  long activeQueues() {
    return activeQueues;
  }

  long flushedPosition() {
    return flushedPosition;
  }
}
