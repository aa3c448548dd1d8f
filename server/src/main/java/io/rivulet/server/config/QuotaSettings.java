package io.rivulet.server.config;

import io.rivulet.engine.Quotas;
import java.util.List;

/** Immutable. What one topic, namespace or client may take; the defaults are the engine's own. */
final class QuotaSettings {
  private static final Quotas STANDARD = Quotas.defaults();

  static final Setting<Integer> TOPIC_LITE_TOPICS =
      count(
          "quota.topic-lite-topics",
          "lite topics",
          STANDARD.topicLiteTopics(),
          "Lite topics that one topic may have; 0 is without bound. Beyond it a first message is"
              + " refused, and others go on.");
  static final Setting<Integer> NAMESPACE_LITE_TOPICS =
      count(
          "quota.namespace-lite-topics",
          "lite topics",
          STANDARD.namespaceLiteTopics(),
          "Lite topics that all topics of one namespace may have; 0 is without bound.");
  static final Setting<Integer> TOPIC_SUBSCRIPTIONS =
      count(
          "quota.topic-subscriptions",
          "subscriptions",
          STANDARD.topicSubscriptions(),
          "Lite topics of one topic that are followed by name, counted for each client; 0 is without"
              + " bound. How many one client may follow is a setting of its group.");
  static final Setting<Integer> NAMESPACE_SUBSCRIPTIONS =
      count(
          "quota.namespace-subscriptions",
          "subscriptions",
          STANDARD.namespaceSubscriptions(),
          "The same for all topics of one namespace; 0 is without bound.");
  static final Setting<Integer> TOPIC_MESSAGE_RATE =
      count(
          "quota.topic-message-rate",
          "messages per second",
          STANDARD.topicMessageRate(),
          "Messages per second that one topic takes; 0 is without bound. Senders beyond it are told"
              + " to come again.");
  static final Setting<Integer> NAMESPACE_MESSAGE_RATE =
      count(
          "quota.namespace-message-rate",
          "messages per second",
          STANDARD.namespaceMessageRate(),
          "Messages per second that all topics of one namespace take; 0 is without bound.");
  static final Setting<Integer> CLIENT_MESSAGE_RATE =
      count(
          "quota.client-message-rate",
          "messages per second",
          STANDARD.clientMessageRate(),
          "Messages per second that one client may send; 0 is without bound. Set it where clients"
              + " are not trusted to keep within bounds.");
  static final Setting<Long> TOPIC_BYTE_RATE =
      bytes(
          "quota.topic-byte-rate",
          STANDARD.topicByteRate(),
          "Bytes per second that one topic takes; 0 is without bound.");
  static final Setting<Long> NAMESPACE_BYTE_RATE =
      bytes(
          "quota.namespace-byte-rate",
          STANDARD.namespaceByteRate(),
          "Bytes per second that all topics of one namespace take; 0 is without bound.");
  static final Setting<Long> CLIENT_BYTE_RATE =
      bytes(
          "quota.client-byte-rate",
          STANDARD.clientByteRate(),
          "Bytes per second that one client may send; 0 is without bound.");
  static final Setting<Integer> CLIENT_LITE_TOPIC_RATE =
      count(
          "quota.client-lite-topic-rate",
          "lite topics per second",
          STANDARD.clientLiteTopicRate(),
          "Lite topics that one client may make per second; 0 is without bound. It keeps a client"
              + " that has gone wild from using up its topic's lite topics before anybody notices;"
              + " raise it for loads of millions from one program.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          TOPIC_LITE_TOPICS,
          NAMESPACE_LITE_TOPICS,
          TOPIC_SUBSCRIPTIONS,
          NAMESPACE_SUBSCRIPTIONS,
          TOPIC_MESSAGE_RATE,
          NAMESPACE_MESSAGE_RATE,
          CLIENT_MESSAGE_RATE,
          TOPIC_BYTE_RATE,
          NAMESPACE_BYTE_RATE,
          CLIENT_BYTE_RATE,
          CLIENT_LITE_TOPIC_RATE);

  private QuotaSettings() {}

  private static Setting<Integer> count(String name, String unit, long usual, String purpose) {
    return new Setting<>(
        name, new ValueType.Count(0, Integer.MAX_VALUE, unit), Math.toIntExact(usual), purpose);
  }

  private static Setting<Long> bytes(String name, long usual, String purpose) {
    return new Setting<>(name, new ValueType.ByteSize(0, 1L << 50), usual, purpose);
  }

  static Quotas from(SettingValues values) {
    return new Quotas(
        values.get(TOPIC_LITE_TOPICS),
        values.get(NAMESPACE_LITE_TOPICS),
        values.get(TOPIC_SUBSCRIPTIONS),
        values.get(NAMESPACE_SUBSCRIPTIONS),
        values.get(TOPIC_MESSAGE_RATE),
        values.get(NAMESPACE_MESSAGE_RATE),
        values.get(CLIENT_MESSAGE_RATE),
        values.get(TOPIC_BYTE_RATE),
        values.get(NAMESPACE_BYTE_RATE),
        values.get(CLIENT_BYTE_RATE),
        values.get(CLIENT_LITE_TOPIC_RATE));
  }
}
