package io.rivulet.server.rocketmq.settings;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.CustomizedBackoff;
import apache.rocketmq.v2.ExponentialBackoff;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.Resource;
import apache.rocketmq.v2.RetryPolicy;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Subscription;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.server.rocketmq.caller.Caller;
import io.rivulet.server.rocketmq.caller.Language;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SettingsReplyTest {
  private final SettingsReply replies =
      new SettingsReply(new SettingsLimits(64 << 20, 32, Duration.ofSeconds(20)));

  private static Caller caller(Language language, String version) {
    return new Caller("client", language, version, "", "localhost:8081", null);
  }

  private static Settings producer() {
    return Settings.newBuilder()
        .setClientType(ClientType.PRODUCER)
        .setPublishing(
            Publishing.newBuilder().addTopics(Resource.newBuilder().setName("orders").build()))
        .build();
  }

  private static Settings consumer() {
    return Settings.newBuilder()
        .setClientType(ClientType.PUSH_CONSUMER)
        .setSubscription(Subscription.newBuilder().setGroup(Resource.newBuilder().setName("g")))
        .build();
  }

  private TelemetryCommand toConsumer(Caller caller) {
    return replies.toConsumer(consumer(), caller, GroupDefinition.standard("g"), false);
  }

  /** Trap 2 and 8. */
  @ParameterizedTest
  @EnumSource(Language.class)
  void aConsumerGetsEverythingThatSomeClientBreaksWithout(Language language) {
    TelemetryCommand command = toConsumer(caller(language, "1.0.0"));

    assertThat(command.getStatus().getCode()).isEqualTo(Code.OK);
    Settings settings = command.getSettings();
    assertThat(settings.getPubSubCase()).isEqualTo(Settings.PubSubCase.SUBSCRIPTION);
    assertThat(settings.getBackoffPolicy().getStrategyCase())
        .isNotEqualTo(RetryPolicy.StrategyCase.STRATEGY_NOT_SET);
    assertThat(settings.getBackoffPolicy().getMaxAttempts()).isEqualTo(17);
    Subscription subscription = settings.getSubscription();
    assertThat(subscription.getGroup().getName()).isEqualTo("g");
    assertThat(subscription.getReceiveBatchSize()).isEqualTo(32);
    assertThat(subscription.getLongPollingTimeout().getSeconds()).isEqualTo(20);
    assertThat(subscription.getLiteSubscriptionQuota()).isEqualTo(2000);
    assertThat(subscription.getMaxLiteTopicSize()).isEqualTo(64);
    assertThat(settings.getMetric().getOn()).isFalse();
  }

  /** Trap 2. */
  @ParameterizedTest
  @EnumSource(Language.class)
  void aProducerGetsEverythingThatSomeClientBreaksWithout(Language language) {
    TelemetryCommand command = replies.toProducer(producer(), caller(language, "1.0.0"));

    assertThat(command.getStatus().getCode()).isEqualTo(Code.OK);
    Settings settings = command.getSettings();
    assertThat(settings.getPubSubCase()).isEqualTo(Settings.PubSubCase.PUBLISHING);
    assertThat(settings.getPublishing().getTopics(0).getName()).isEqualTo("orders");
    assertThat(settings.getPublishing().getMaxBodySize()).isPositive();
    assertThat(settings.getBackoffPolicy().getStrategyCase())
        .isEqualTo(RetryPolicy.StrategyCase.EXPONENTIAL_BACKOFF);
    assertThat(settings.getBackoffPolicy().getMaxAttempts()).isEqualTo(3);
  }

  /** Trap 20. */
  @Test
  void eachProducerIsToldTheLargestBodyThatItCanSend() {
    assertThat(maxBodySize(Language.JAVA)).isEqualTo(64 << 20);
    assertThat(maxBodySize(Language.NODE)).isEqualTo(64 << 20);
    assertThat(maxBodySize(Language.GO)).isLessThan(2 << 20);
  }

  private int maxBodySize(Language language) {
    return replies
        .toProducer(producer(), caller(language, ""))
        .getSettings()
        .getPublishing()
        .getMaxBodySize();
  }

  @Test
  void nodeDoesNotCheckTypesItselfSinceItTakesPriorityZeroForNormal() {
    assertThat(
            replies
                .toProducer(producer(), caller(Language.NODE, "1.0.8"))
                .getSettings()
                .getPublishing()
                .getValidateMessageType())
        .isFalse();
  }

  @Test
  void consumersGetTheGroupsOwnSteps() {
    CustomizedBackoff backoff =
        toConsumer(caller(Language.JAVA, "5.2.0"))
            .getSettings()
            .getBackoffPolicy()
            .getCustomizedBackoff();

    assertThat(backoff.getNextCount()).isEqualTo(18);
    assertThat(backoff.getNext(1).getSeconds()).isEqualTo(5);
  }

  @Test
  void nodeGetsMillisecondsWhereItTakesSecondsForThem() {
    ExponentialBackoff backoff =
        toConsumer(caller(Language.NODE, "1.0.8"))
            .getSettings()
            .getBackoffPolicy()
            .getExponentialBackoff();

    assertThat(backoff.getInitial().getSeconds()).isEqualTo(1000);
    assertThat(backoff.getMax().getSeconds()).isEqualTo(7_200_000);
  }

  @Test
  void aNewerNodeGetsTheGroupsOwnSteps() {
    assertThat(
            toConsumer(caller(Language.NODE, "1.0.9"))
                .getSettings()
                .getBackoffPolicy()
                .hasCustomizedBackoff())
        .isTrue();
  }

  /** Trap 22. */
  @Test
  void fieldsOfNewerClientsGoBackUntouched() {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(
                9,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("x"))
                    .build())
            .build();
    Settings settings = consumer().toBuilder().setUnknownFields(newer).build();

    TelemetryCommand command =
        replies.toConsumer(
            settings, caller(Language.JAVA, "5.3.0"), GroupDefinition.standard("g"), true);

    assertThat(command.getSettings().getUnknownFields()).isEqualTo(newer);
    assertThat(command.getSettings().getSubscription().getFifo()).isTrue();
  }
}
