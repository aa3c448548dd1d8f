package io.rivulet.server.telemetry;

import io.micrometer.core.instrument.Tags;
import io.rivulet.engine.EngineStats;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Immutable. One metric that is read off the engine.
 *
 * @param name in Micrometer's form; Prometheus sees underscores, and {@code _total} on counters
 * @param gate the label {@code gate}; empty: it has none
 * @param isCounter whether it only grows, since start
 */
record EngineMetric(
    String name, String gate, boolean isCounter, String help, ToLongFunction<EngineStats> reading) {
  private static final String GROUPS_HELD = "Groups that a gate holds back now.";
  private static final String KEYS_CLOSED = "Fairness keys that a gate holds back now.";

  static final List<EngineMetric> ALL =
      List.of(
          counter("rivulet.messages.appended", "Messages stored.", EngineStats::appendedMessages),
          counter(
              "rivulet.messages.appended.bytes",
              "Bytes of stored messages.",
              EngineStats::appendedBytes),
          counter(
              "rivulet.sends.duplicate",
              "Sends recognised as repeated and not stored again.",
              EngineStats::duplicateSends),
          counter(
              "rivulet.messages.delivered",
              "Messages handed to consumers, redeliveries included.",
              EngineStats::deliveredMessages),
          counter(
              "rivulet.messages.redelivered",
              "Messages handed to consumers not for the first time.",
              EngineStats::redeliveredMessages),
          counter(
              "rivulet.messages.acknowledged",
              "Messages acknowledged by a group.",
              EngineStats::acknowledgedMessages),
          counter(
              "rivulet.messages.dead.lettered",
              "Messages moved to a dead-letter queue.",
              EngineStats::deadLetteredMessages),
          counter(
              "rivulet.messages.expired",
              "Of the dead-lettered messages, those whose deadline had passed.",
              stats -> stats.withdrawn().expired()),
          counter(
              "rivulet.messages.cancelled",
              "Messages cancelled by their handles.",
              stats -> stats.withdrawn().cancelled()),
          counter(
              "rivulet.messages.reprioritized",
              "Messages moved to another priority by their handles.",
              stats -> stats.withdrawn().reprioritized()),
          counter(
              "rivulet.messages.unread.lost",
              "Messages that retention removed while a group had them unread.",
              EngineStats::unreadLostMessages),
          counter(
              "rivulet.lite.topics.reclaimed",
              "Lite topics reclaimed.",
              stats -> stats.lite().reclaimed()),
          counter("rivulet.lite.topics.made", "Lite topics made.", stats -> stats.lite().made()),
          gauge("rivulet.lite.topics", "Lite topics there are.", stats -> stats.lite().total()),
          gauge(
              "rivulet.lite.subscriptions",
              "Lite topics followed by name, counted for each client.",
              stats -> stats.lite().subscriptions()),
          gauge(
              "rivulet.lite.reclaim.lag.millis",
              "For how long lite topics whose time has come have been waiting to be reclaimed.",
              stats -> stats.lite().reclaimLagMillis()),
          gauge(
              "rivulet.ready.queues",
              "Queues in ready sets: something in them can be delivered.",
              stats -> stats.ready().queues()),
          counter(
              "rivulet.ready.taken",
              "Queues taken out of ready sets.",
              stats -> stats.ready().taken()),
          counter(
              "rivulet.ready.waited.millis",
              "How long these had stood there, added up.",
              stats -> stats.ready().waitedMillis()),
          gauge(
              "rivulet.start.replayed.bytes",
              "Bytes of the log replayed at the start.",
              stats -> stats.start().replayedBytes()),
          gauge(
              "rivulet.start.replayed.records",
              "Records of the log replayed at the start.",
              stats -> stats.start().replayedRecords()),
          gauge(
              "rivulet.start.replay.millis",
              "How long that took.",
              stats -> stats.start().replayedMillis()),
          counter(
              "rivulet.snapshots.stored",
              "Snapshots of the index that were stored.",
              stats -> stats.snapshots().stored()),
          gauge(
              "rivulet.snapshot.position",
              "What the newest snapshot of the index reflects.",
              stats -> stats.snapshots().position()),
          gauge(
              "rivulet.snapshot.tail.records",
              "Records of the log that the newest snapshot does not reflect.",
              stats -> stats.snapshots().tailRecords()),
          gauge(
              "rivulet.snapshot.age.millis",
              "Since the newest snapshot was begun, or since the start.",
              stats -> stats.snapshots().ageMillis()),
          gauge("rivulet.index.bytes", "Bytes of the index's files.", EngineStats::indexBytes),
          counter(
              "rivulet.requests.refused",
              "Requests that the engine refused, whatever the reason.",
              EngineStats::refusedRequests),
          counter(
              "rivulet.backpressure.refused",
              "Messages refused because their topic was full.",
              stats -> stats.backpressure().refused()),
          gauge(
              "rivulet.backpressure.held",
              "Messages to full topics that are held for room now.",
              stats -> stats.backpressure().held()),
          gauge(
              "rivulet.backpressure.held.bytes",
              "Bytes of these.",
              stats -> stats.backpressure().heldBytes()),
          counter(
              "rivulet.backpressure.held.ended",
              "Messages that were held and are no longer.",
              stats -> stats.backpressure().ended()),
          counter(
              "rivulet.backpressure.held.millis",
              "For how long these were held, added up.",
              stats -> stats.backpressure().heldMillis()),
          gauge(
              "rivulet.delay.parked",
              "Messages that wait for their delivery time.",
              stats -> stats.delays().parked()),
          gauge(
              "rivulet.delay.parked.bytes",
              "Bytes of these.",
              stats -> stats.delays().parkedBytes()),
          counter(
              "rivulet.delay.joined",
              "Messages that joined their queues when their delivery time had come.",
              stats -> stats.delays().joined()),
          counter(
              "rivulet.delay.late.millis",
              "How long after their time these did, added up.",
              stats -> stats.delays().lateMillis()),
          gauge(
              "rivulet.delay.lag.millis",
              "For how long the first of those whose time has come has waited since.",
              stats -> stats.delays().lagMillis()),
          counter(
              "rivulet.delay.carried",
              "Messages that were appended anew because retention would have taken them.",
              stats -> stats.delays().carried()),
          gated(
              "rivulet.groups.held.back",
              "message-rate",
              GROUPS_HELD,
              stats -> stats.gates().groups().messageRate()),
          gated(
              "rivulet.groups.held.back",
              "cost-rate",
              GROUPS_HELD,
              stats -> stats.gates().groups().costRate()),
          gated(
              "rivulet.groups.held.back",
              "concurrency",
              GROUPS_HELD,
              stats -> stats.gates().groups().concurrency()),
          gated(
              "rivulet.groups.held.back",
              "clients",
              GROUPS_HELD,
              stats -> stats.gates().groups().clients()),
          gated("rivulet.keys.closed", "rate", KEYS_CLOSED, stats -> stats.gates().keysAtRate()),
          gated(
              "rivulet.keys.closed",
              "concurrency",
              KEYS_CLOSED,
              stats -> stats.gates().keysAtConcurrency()),
          gated(
              "rivulet.keys.closed",
              "suspension",
              KEYS_CLOSED,
              stats -> stats.gates().keysSuspended()),
          gauge(
              "rivulet.polls.held", "Polls that wait for a gate.", stats -> stats.gates().polls()),
          gauge(
              "rivulet.costs.remembered",
              "Acknowledged messages whose cost can still be settled.",
              stats -> stats.costs().remembered()),
          counter(
              "rivulet.costs.late",
              "Costs told when the message was not known any more.",
              stats -> stats.costs().late()),
          gauge(
              "rivulet.subscriptions",
              "Subscriptions to streams; engine.max-stream-subscriptions can be.",
              stats -> stats.wakes().subscriptions()),
          gauge(
              "rivulet.wakes.waiting",
              "Of these, those that are to be woken and are not yet.",
              stats -> stats.wakes().waiting()),
          counter(
              "rivulet.wakes.delivered",
              "Wakes of subscriptions to streams that a webhook or a wake stream has taken.",
              stats -> stats.wakes().delivered()),
          counter(
              "rivulet.wakes.failed",
              "Attempts to deliver a wake that failed; each is made again.",
              stats -> stats.wakes().failed()),
          gauge(
              "rivulet.outbox.owed",
              "Messages that shards have for other shards and that are not there yet.",
              stats -> stats.outbox().owed()),
          counter(
              "rivulet.outbox.handed.over",
              "Messages that shards had for other shards and that got there.",
              stats -> stats.outbox().handedOver()),
          counter(
              "rivulet.outbox.undeliverable",
              "Messages that shards had for other shards, where they can't be stored.",
              stats -> stats.outbox().undeliverable()),
          counter(
              "rivulet.polls.refused",
              "Polls refused because too many of one consumer were waiting.",
              EngineStats::refusedPolls),
          gauge("rivulet.polls.waiting", "Polls waiting now.", EngineStats::waitingPolls),
          gauge(
              "rivulet.messages.leased",
              "Messages delivered and not yet acknowledged.",
              EngineStats::leasedMessages),
          gauge(
              "rivulet.commands.queued",
              "Requests waiting for the shard.",
              EngineStats::queuedCommands),
          gauge(
              "rivulet.messages.large.waiting.bytes",
              "Bytes of large messages that are not in the log yet.",
              EngineStats::largeBytesWaiting),
          gauge("rivulet.queues.active", "Queues held in memory.", EngineStats::activeQueues),
          gauge("rivulet.clients", "Clients known.", EngineStats::clients),
          gauge("rivulet.log.head.position", "First retained position.", EngineStats::logHead),
          gauge("rivulet.log.end.position", "Next position.", EngineStats::logEnd),
          gauge(
              "rivulet.log.durable.position",
              "Everything below is durable.",
              EngineStats::logDurableEnd),
          gauge(
              "rivulet.index.position",
              "Everything below need not be replayed at a restart.",
              EngineStats::indexPosition));

  private static EngineMetric counter(
      String name, String help, ToLongFunction<EngineStats> reading) {
    return new EngineMetric(name, "", true, help, reading);
  }

  private static EngineMetric gauge(String name, String help, ToLongFunction<EngineStats> reading) {
    return new EngineMetric(name, "", false, help, reading);
  }

  private static EngineMetric gated(
      String name, String gate, String help, ToLongFunction<EngineStats> reading) {
    return new EngineMetric(name, gate, false, help, reading);
  }

  Tags tags() {
    return gate.isEmpty() ? Tags.empty() : Tags.of("gate", gate);
  }
}
