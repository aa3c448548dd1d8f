package io.rivulet.server.telemetry;

import io.rivulet.engine.EngineStats;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Immutable. One metric that is read off the engine.
 *
 * @param name in Micrometer's form; Prometheus sees underscores, and {@code _total} on counters
 * @param isCounter whether it only grows, since start
 */
record EngineMetric(
    String name, boolean isCounter, String help, ToLongFunction<EngineStats> reading) {

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
              "rivulet.messages.unread.lost",
              "Messages that retention removed while a group had them unread.",
              EngineStats::unreadLostMessages),
          counter(
              "rivulet.lite.topics.reclaimed",
              "Lite topics reclaimed.",
              EngineStats::reclaimedLiteTopics),
          counter(
              "rivulet.requests.refused",
              "Requests that the engine refused, whatever the reason.",
              EngineStats::refusedRequests),
          gauge("rivulet.polls.waiting", "Polls waiting now.", EngineStats::waitingPolls),
          gauge(
              "rivulet.messages.leased",
              "Messages delivered and not yet acknowledged.",
              EngineStats::leasedMessages),
          gauge(
              "rivulet.commands.queued",
              "Requests waiting for the shard.",
              EngineStats::queuedCommands),
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
    return new EngineMetric(name, true, help, reading);
  }

  private static EngineMetric gauge(String name, String help, ToLongFunction<EngineStats> reading) {
    return new EngineMetric(name, false, help, reading);
  }
}
