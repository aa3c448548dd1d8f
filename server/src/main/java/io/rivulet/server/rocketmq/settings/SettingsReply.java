package io.rivulet.server.rocketmq.settings;

import apache.rocketmq.v2.Metric;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.TelemetryCommand;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Statuses;
import io.rivulet.server.rocketmq.time.ProtocolTimes;

/**
 * Immutable. Makes the answer to a client's settings: its own, with the server's fields put in.
 *
 * <p>Trap 2: the status must be OK (Python ignores the answer otherwise, and hangs), the oneof that
 * of the request, a back-off always there, every size more than zero. Trap 22: what newer clients
 * send beyond our protocol version goes back as unknown fields, untouched.
 */
public final class SettingsReply {
  private final SettingsLimits limits;

  public SettingsReply(SettingsLimits limits) {
    this.limits = limits;
  }

  /** For a producer. */
  public TelemetryCommand toProducer(Settings settings, Caller caller) {
    Publishing publishing =
        settings.getPublishing().toBuilder()
            .setMaxBodySize(
                (int) Math.min(limits.maxBodyBytes(), caller.language().maxSentBodyBytes()))
            // Node takes a message of priority 0 for a NORMAL one and would refuse it itself.
            .setValidateMessageType(caller.language() != Language.NODE)
            .build();
    int attempts = settings.getBackoffPolicy().getMaxAttempts();
    return command(
        settings.toBuilder()
            .setBackoffPolicy(RetryPolicies.forProducer(caller, attempts))
            .setPublishing(publishing));
  }

  /**
   * For a consumer.
   *
   * @param keepsOrder whether it shall handle the messages of one queue one after the other
   */
  public TelemetryCommand toConsumer(
      Settings settings, Caller caller, GroupDefinition group, boolean keepsOrder) {
    Subscription subscription =
        settings.getSubscription().toBuilder()
            .setFifo(keepsOrder)
            .setReceiveBatchSize(limits.receiveBatchSize())
            .setLongPollingTimeout(ProtocolTimes.duration(limits.longPoll()))
            // Trap 8: both lite numbers in the very first settings, for any kind of consumer.
            .setLiteSubscriptionQuota(group.liteSubscriptionQuota())
            .setMaxLiteTopicSize(Names.MAX_LITE_TOPIC_SIZE)
            .build();
    return command(
        settings.toBuilder()
            .setBackoffPolicy(
                RetryPolicies.forConsumer(caller, group.backoff(), group.maxAttempts()))
            .setSubscription(subscription));
  }

  private static TelemetryCommand command(Settings.Builder settings) {
    return TelemetryCommand.newBuilder()
        .setStatus(Statuses.OK)
        .setSettings(settings.setMetric(Metric.newBuilder().setOn(false)))
        .build();
  }
}
