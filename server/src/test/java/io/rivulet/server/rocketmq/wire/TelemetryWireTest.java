package io.rivulet.server.rocketmq.wire;

import static io.rivulet.server.rocketmq.wire.WireClient.consumerSettings;
import static io.rivulet.server.rocketmq.wire.WireClient.message;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.Publishing;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.TelemetryCommand;
import io.grpc.Status;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupKind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TelemetryWireTest {
  private static final WireServer SERVER = new WireServer();

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static Settings producerSettings() {
    return Settings.newBuilder()
        .setClientType(ClientType.PRODUCER)
        .setPublishing(Publishing.newBuilder().addTopics(resource("orders")))
        .build();
  }

  private static Settings sqlSettings(String group) {
    Settings.Builder settings = consumerSettings(ClientType.PUSH_CONSUMER, group, "t").toBuilder();
    settings
        .getSubscriptionBuilder()
        .getSubscriptionsBuilder(0)
        .setExpression(
            FilterExpression.newBuilder().setType(FilterType.SQL).setExpression("a > 1"));
    return settings.build();
  }

  /** Trap 2. */
  @Test
  void everySettingsCommandIsAnswered() {
    WireTelemetry telemetry = SERVER.client("producer").telemetry();

    for (int time = 0; time < 3; time++) {
      telemetry.send(producerSettings());
      TelemetryCommand command = telemetry.command();

      assertThat(command.getStatus().getCode()).isEqualTo(Code.OK);
      assertThat(command.getSettings().getPublishing().getMaxBodySize())
          .isEqualTo(WireServer.MAX_MESSAGE_BYTES);
    }
  }

  @Test
  void aFirstConsumerMakesItsGroup() {
    Settings settings =
        SERVER.client("push").introduce(ClientType.PUSH_CONSUMER, "made", "unknown-topic");

    assertThat(settings.getSubscription().getFifo()).isFalse();
    assertThat(SERVER.engine().group("made"))
        .map(GroupDefinition::kind)
        .contains(GroupKind.STANDARD);
    assertThat(SERVER.engine().topic("unknown-topic")).isEmpty();
  }

  @Test
  void aFirstLiteConsumerMakesItsGroupBoundToItsTopic() {
    Settings settings =
        SERVER.client("lite").introduce(ClientType.LITE_PUSH_CONSUMER, "lite-made", "parent");

    assertThat(settings.getSubscription().getFifo()).isTrue();
    assertThat(settings.getSubscription().getLiteSubscriptionQuota()).isEqualTo(2000);
    assertThat(SERVER.engine().group("lite-made"))
        .flatMap(GroupDefinition::boundTopic)
        .contains("parent");
  }

  @Test
  void consumersOfFifoTopicsAreToldToKeepOrder() {
    SERVER.client("p").send(message("in-order", "1", system -> system.setMessageGroup("g")));

    WireClient client = SERVER.client("fifo");
    client.route("in-order");

    Settings settings = client.introduce(ClientType.PUSH_CONSUMER, "fifo-group", "in-order");

    assertThat(settings.getSubscription().getFifo()).isTrue();
  }

  @Test
  void aRefusalEndsTheStreamWithTheReason() {
    WireTelemetry telemetry = SERVER.client("sql").telemetry();

    telemetry.send(sqlSettings("sql-group"));

    Status end = telemetry.end();
    assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(end.getDescription()).contains("SQL92").contains("tag expression");
  }

  /** Node would reconnect silently for ever, but fails on a command that is only a status. */
  @Test
  void nodeIsRefusedWithAStatus() {
    WireTelemetry telemetry = SERVER.client("node", "HTTP", "1.0.8").telemetry();

    telemetry.send(sqlSettings("sql-group"));

    TelemetryCommand command = telemetry.command();
    assertThat(command.getCommandCase()).isEqualTo(TelemetryCommand.CommandCase.COMMAND_NOT_SET);
    assertThat(command.getStatus().getCode()).isEqualTo(Code.ILLEGAL_FILTER_EXPRESSION);
  }

  @Test
  void aConsumerOfTheWrongKindIsToldSo() {
    SERVER.client("standard").introduce(ClientType.PUSH_CONSUMER, "kind", "any");
    WireTelemetry telemetry = SERVER.client("lite-2").telemetry();

    telemetry.send(consumerSettings(ClientType.LITE_PUSH_CONSUMER, "kind", "any"));

    assertThat(telemetry.end().getDescription())
        .contains(Code.ILLEGAL_CONSUMER_GROUP.name())
        .contains("kind");
  }

  /** Java shows its user the failure of its third start, which begins with the route again. */
  @Test
  void aRefusedClientGetsTheReasonFromItsNextRouteAndAfterwardsTheRoute() {
    WireClient client = SERVER.client("again");
    WireTelemetry telemetry = client.telemetry();
    telemetry.send(sqlSettings("again"));
    telemetry.end();

    assertThat(client.route("t").getStatus().getCode()).isEqualTo(Code.ILLEGAL_FILTER_EXPRESSION);

    client.introduce(ClientType.PUSH_CONSUMER, "again", "t");
    assertThat(client.route("t").getStatus().getCode()).isEqualTo(Code.OK);
  }

  @Test
  void settingsThatSayNothingAreRefused() {
    WireTelemetry telemetry = SERVER.client("nothing").telemetry();

    telemetry.send(Settings.getDefaultInstance());

    assertThat(telemetry.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void aClientThatSaysGoodbyeOnTheStreamGetsAnswer() {
    WireTelemetry telemetry = SERVER.client("goodbye").telemetry();
    telemetry.introduce(producerSettings());

    telemetry.close();

    assertThat(telemetry.end().getCode()).isEqualTo(Status.Code.OK);
  }

  private static Code heartbeat(WireClient client, ClientType type, String group) {
    return client
        .stub()
        .heartbeat(
            HeartbeatRequest.newBuilder().setClientType(type).setGroup(resource(group)).build())
        .getStatus()
        .getCode();
  }

  @Test
  void aClientThatTheServerForgotIsTakenUpByItsHeartbeat() {
    assertThat(heartbeat(SERVER.client("forgotten"), ClientType.PUSH_CONSUMER, "any-group"))
        .isEqualTo(Code.OK);
    assertThat(heartbeat(SERVER.client("lite-simple"), ClientType.LITE_SIMPLE_CONSUMER, "lite-g"))
        .isEqualTo(Code.OK);
  }

  @Test
  void aHeartbeatOfNoTypeIsRefused() {
    assertThat(heartbeat(SERVER.client("odd"), ClientType.CLIENT_TYPE_UNSPECIFIED, "g"))
        .isEqualTo(Code.UNRECOGNIZED_CLIENT_TYPE);
  }

  @Test
  void aConsumersHeartbeatNeedsItsGroup() {
    assertThat(heartbeat(SERVER.client("groupless"), ClientType.SIMPLE_CONSUMER, ""))
        .isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
  }

  /** Trap 14: Go sends one without metadata when its telemetry stream broke. */
  @Test
  void aHeartbeatWithoutMetadataAsksForAClientId() {
    assertThat(heartbeat(SERVER.client("", "", ""), ClientType.CLIENT_TYPE_UNSPECIFIED, ""))
        .isEqualTo(Code.CLIENT_ID_REQUIRED);
  }

  /** Trap 14: Go's producers name a group that is empty. */
  @Test
  void theGroupOfAGoodbyeIsNotLookedAt() {
    assertThat(
            SERVER
                .client("go", "GO", "5.1.4")
                .stub()
                .notifyClientTermination(
                    NotifyClientTerminationRequest.newBuilder().setGroup(resource("")).build())
                .getStatus()
                .getCode())
        .isEqualTo(Code.OK);
  }
}
