package io.rivulet.server.config;

import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.engine.EngineConfig;
import io.rivulet.server.rocketmq.ProtocolConfig;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Immutable. The settings of the RocketMQ protocol; the defaults are the protocol's own. */
final class RocketMqSettings {
  private static final ProtocolConfig STANDARD = ProtocolConfig.defaults();

  static final Setting<Integer> RECEIVE_BATCH_SIZE =
      new Setting<>(
          "rocketmq.receive-batch-size",
          new ValueType.Count(1, 4096, "messages"),
          STANDARD.receiveBatchSize(),
          "Messages that push consumers are told to ask for at a time, at most"
              + " engine.max-poll-messages. Lower it to spread long work evenly over consumers;"
              + " raise it for many quick messages.");
  static final Setting<Duration> LONG_POLL =
      new Setting<>(
          "rocketmq.long-poll",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofMinutes(1)),
          STANDARD.longPoll(),
          "How long a receive waits for messages at most, in whole seconds. Shorten it for proxies"
              + " that cut quiet calls off.");
  static final Setting<Duration> MIN_INVISIBLE =
      new Setting<>(
          "rocketmq.min-invisible",
          new ValueType.Span(Duration.ofMillis(1), Duration.ofHours(1)),
          STANDARD.minInvisible(),
          "The shortest lease that a simple consumer may ask for. Lower it for work that is done in"
              + " less, so that it comes back sooner when a consumer fails.");
  static final Setting<Duration> MAX_INVISIBLE =
      new Setting<>(
          "rocketmq.max-invisible",
          new ValueType.Span(Duration.ofHours(1), Duration.ofHours(24)),
          STANDARD.maxInvisible(),
          "The longest lease that a simple consumer may ask for. Raise it for work that takes"
              + " longer.");
  static final Setting<Integer> MAX_CLIENTS =
      new Setting<>(
          "rocketmq.max-clients",
          new ValueType.Count(1, 10_000_000, "clients"),
          STANDARD.maxClients(),
          "Clients known at a time; new ones beyond it get TOO_MANY_REQUESTS. Raise it with the"
              + " heap, about 1 KiB for each.");
  static final Setting<Duration> CLIENT_TIMEOUT =
      new Setting<>(
          "rocketmq.client-timeout",
          new ValueType.Span(Duration.ofSeconds(30), Duration.ofHours(1)),
          STANDARD.clientTimeout(),
          "How long a client may be silent before its settings are forgotten; it is taken up again"
              + " with its next request. Lower it when many short-lived clients come and go.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          RECEIVE_BATCH_SIZE, LONG_POLL, MIN_INVISIBLE, MAX_INVISIBLE, MAX_CLIENTS, CLIENT_TIMEOUT);

  private RocketMqSettings() {}

  /** The protocol's settings, those that it shares with the engine taken from there. */
  static ProtocolConfig from(
      SettingValues values, EngineConfig engine, Optional<ClusterConfig> cluster) {
    return new ProtocolConfig(
        cluster.map(node -> brokerNameOf(node.self().name())).orElse(STANDARD.brokerName()),
        engine.autoCreateTopics(),
        engine.maxMessageBytes(),
        Math.min(values.get(RECEIVE_BATCH_SIZE), engine.maxPollMessages()),
        engine.maxPollMessages(),
        Duration.ofSeconds(values.get(LONG_POLL).toSeconds()),
        values.get(MIN_INVISIBLE),
        values.get(MAX_INVISIBLE),
        values.get(MAX_CLIENTS),
        values.get(CLIENT_TIMEOUT));
  }

  /** What a node of a cluster is called in routes, where every node needs a name of its own. */
  static String brokerNameOf(String node) {
    return STANDARD.brokerName() + "-" + node;
  }
}
