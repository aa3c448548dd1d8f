package io.rivulet.server.rocketmq.wire;

import static apache.rocketmq.v2.LiteSubscriptionAction.COMPLETE_ADD;
import static apache.rocketmq.v2.LiteSubscriptionAction.COMPLETE_REMOVE;
import static apache.rocketmq.v2.LiteSubscriptionAction.PARTIAL_ADD;
import static apache.rocketmq.v2.LiteSubscriptionAction.PARTIAL_REMOVE;
import static io.rivulet.server.rocketmq.wire.WireClient.consumerSettings;
import static io.rivulet.server.rocketmq.wire.WireClient.handle;
import static io.rivulet.server.rocketmq.wire.WireClient.lite;
import static io.rivulet.server.rocketmq.wire.WireClient.pushRequest;
import static io.rivulet.server.rocketmq.wire.WireClient.resource;
import static io.rivulet.server.rocketmq.wire.WireClient.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ClientType;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.OffsetOption;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import apache.rocketmq.v2.TelemetryCommand;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.server.rocketmq.wire.WireClient.Received;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LiteWireTest {
  private static final WireServer SERVER = new WireServer();
  private final WireClient producer = SERVER.client("producer");

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  /** A client of a group and a topic of its own, both of that name. */
  private static WireClient follower(String name) {
    WireClient client = SERVER.client(name);
    client.introduce(ClientType.LITE_PUSH_CONSUMER, name, name);
    return client;
  }

  private static Received receive(WireClient client, String name) {
    return client.receive(pushRequest(name, name).build());
  }

  private static Received receiveAtOnce(WireClient client, String name) {
    return client.receive(pushRequest(name, name).setLongPollingTimeout(seconds(0)).build());
  }

  private static SyncLiteSubscriptionRequest.Builder add(String name, String liteTopic) {
    return SyncLiteSubscriptionRequest.newBuilder()
        .setGroup(resource(name))
        .setTopic(resource(name))
        .addLiteTopicSet(liteTopic);
  }

  private void sendThree(String name, String liteTopic) {
    for (int i = 0; i < 3; i++) {
      producer.send(lite(name, liteTopic, liteTopic + i));
    }
  }

  @Test
  void aFollowedLiteTopicIsDeliveredWithItsNameAndInOrder() {
    WireClient client = follower("one");
    assertThat(client.sync(PARTIAL_ADD, "one", "one", "a").getCode()).isEqualTo(Code.OK);
    sendThree("one", "a");
    producer.send(lite("one", "not-followed", "x"));

    Received received = receive(client, "one");

    assertThat(received.messages().getFirst().getSystemProperties().getLiteTopic()).isEqualTo("a");
    assertThat(received.bodies()).first().isEqualTo("body of a0");
  }

  @Test
  void oneReceiveTakesFromManyLiteTopics() {
    WireClient client = follower("many");
    client.sync(PARTIAL_ADD, "many", "many", "a", "b", "c");
    producer.send(lite("many", "a", "m1"), lite("many", "b", "m2"), lite("many", "c", "m3"));

    assertThat(receive(client, "many").bodies())
        .containsExactlyInAnyOrder("body of m1", "body of m2", "body of m3");
  }

  /** Trap 10: Java's lite push consumer names no filter. */
  @Test
  void aReceiveWithoutAFilterIsFine() {
    WireClient client = follower("unfiltered");
    client.sync(PARTIAL_ADD, "unfiltered", "unfiltered", "a");
    producer.send(lite("unfiltered", "a", "u1"));

    assertThat(
            client
                .receive(
                    pushRequest("unfiltered", "unfiltered")
                        .setFilterExpression(FilterExpression.getDefaultInstance())
                        .build())
                .bodies())
        .containsExactly("body of u1");
  }

  /** Trap 9. */
  @Test
  void aFullListMayBeEmpty() {
    assertThat(follower("empty").sync(COMPLETE_ADD, "empty", "empty").getCode()).isEqualTo(Code.OK);
  }

  /** PROTOCOL 6.2: a full list that was drawn up before an addition does not undo it. */
  @Test
  void aFullListThatCrossedAnAdditionLeavesIt() {
    WireClient client = follower("crossed");
    client.sync(PARTIAL_ADD, "crossed", "crossed", "new");
    client.sync(COMPLETE_ADD, "crossed", "crossed");
    producer.send(lite("crossed", "new", "c1"));

    assertThat(receive(client, "crossed").bodies()).containsExactly("body of c1");
  }

  @Test
  void whatIsNoLongerFollowedIsNotDelivered() {
    WireClient client = follower("left");
    client.sync(PARTIAL_ADD, "left", "left", "a", "b");
    client.sync(PARTIAL_REMOVE, "left", "left", "a");
    producer.send(lite("left", "a", "l1"), lite("left", "b", "l2"));
    assertThat(receive(client, "left").bodies()).containsExactly("body of l2");

    client.sync(COMPLETE_REMOVE, "left", "left");
    producer.send(lite("left", "b", "l3"));
    assertThat(receiveAtOnce(client, "left").messages()).isEmpty();
  }

  @Test
  void anOffsetOptionSaysWhereToStart() {
    sendThree("offsets", "max");
    sendThree("offsets", "tail");
    sendThree("offsets", "at");
    WireClient client = follower("offsets");

    client.sync(
        add("offsets", "max")
            .setOffsetOption(OffsetOption.newBuilder().setPolicy(OffsetOption.Policy.MAX))
            .build());
    client.sync(
        add("offsets", "tail").setOffsetOption(OffsetOption.newBuilder().setTailN(1)).build());
    client.sync(
        add("offsets", "at").setOffsetOption(OffsetOption.newBuilder().setOffset(2)).build());

    assertThat(receive(client, "offsets").messages())
        .extracting(message -> message.getSystemProperties().getLiteTopic())
        .containsExactlyInAnyOrder("tail", "at");
  }

  @Test
  void aNegativeOffsetIsRefused() {
    WireClient client = follower("negative");

    Status status =
        client.sync(
            add("negative", "a").setOffsetOption(OffsetOption.newBuilder().setOffset(-1)).build());

    assertThat(status.getCode()).isEqualTo(Code.ILLEGAL_OFFSET);
  }

  @Test
  void anIllegalLiteTopicIsRefused() {
    assertThat(follower("names").sync(PARTIAL_ADD, "names", "names", "a/b").getCode())
        .isEqualTo(Code.ILLEGAL_LITE_TOPIC);
  }

  @Test
  void aTopicThatTheGroupIsNotBoundToIsRefused() {
    assertThat(follower("bound").sync(PARTIAL_ADD, "bound", "elsewhere", "a").getCode())
        .isEqualTo(Code.ILLEGAL_TOPIC);
  }

  @Test
  void aStandardGroupFollowsNoLiteTopics() {
    WireClient client = SERVER.client("standard");
    client.introduce(ClientType.PUSH_CONSUMER, "standard", "standard");

    assertThat(client.sync(PARTIAL_ADD, "standard", "standard", "a").getCode())
        .isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
  }

  private static void define(String name, SubscriptionModel model, int quota) {
    GroupDefinition standard = GroupDefinition.lite(name, name);
    SERVER
        .engine()
        .defineGroup(
            new GroupDefinition(
                name,
                standard.kind(),
                standard.boundTopic(),
                standard.litePrefix(),
                model,
                standard.start(),
                standard.maxAttempts(),
                standard.backoff(),
                quota))
        .join()
        .value();
  }

  @Test
  void aClientOfAPrefixGroupFollowsNothingByNameAndGetsWhatBeginsSo() {
    SERVER.engine().defineGroup(GroupDefinition.prefix("wide", "wide", "a-")).join().value();
    WireClient client = follower("wide");
    assertThat(client.sync(COMPLETE_ADD, "wide", "wide").getCode()).isEqualTo(Code.OK);
    producer.send(lite("wide", "b-1", "not for it"));
    producer.send(lite("wide", "a-1", "for it"));

    Received received = receive(client, "wide");

    assertThat(received.bodies()).containsExactly("body of for it");
    assertThat(client.sync(PARTIAL_ADD, "wide", "wide", "a-2").getCode())
        .isEqualTo(Code.ILLEGAL_CONSUMER_GROUP);
  }

  @Test
  void theQuotaOfTheGroupIsToldAndHolds() {
    define("quota", SubscriptionModel.SHARED, 2);
    WireClient client = SERVER.client("quota");

    assertThat(
            client
                .introduce(ClientType.LITE_PUSH_CONSUMER, "quota", "quota")
                .getSubscription()
                .getLiteSubscriptionQuota())
        .isEqualTo(2);
    assertThat(client.sync(PARTIAL_ADD, "quota", "quota", "a", "b").getCode()).isEqualTo(Code.OK);
    assertThat(client.sync(PARTIAL_ADD, "quota", "quota", "c").getCode())
        .isEqualTo(Code.LITE_SUBSCRIPTION_QUOTA_EXCEEDED);
  }

  /** Trap 15. */
  @Test
  void anExclusiveLiteTopicGoesToItsNewOwnerAndTheOldOneIsToldAndCannotListItBack() {
    define("exclusive", SubscriptionModel.EXCLUSIVE, 10);
    WireClient old = SERVER.client("old-owner");
    WireTelemetry telemetry = old.telemetry();
    telemetry.introduce(consumerSettings(ClientType.LITE_PUSH_CONSUMER, "exclusive", "exclusive"));
    old.sync(PARTIAL_ADD, "exclusive", "exclusive", "a");
    WireClient owner = SERVER.client("new-owner");
    owner.introduce(ClientType.LITE_PUSH_CONSUMER, "exclusive", "exclusive");

    owner.sync(PARTIAL_ADD, "exclusive", "exclusive", "a");

    TelemetryCommand command = telemetry.command();
    assertThat(command.getNotifyUnsubscribeLiteCommand().getLiteTopic()).isEqualTo("a");
    assertThat(old.sync(COMPLETE_ADD, "exclusive", "exclusive", "a").getCode()).isEqualTo(Code.OK);
    producer.send(lite("exclusive", "a", "e1"));
    assertThat(receive(owner, "exclusive").bodies()).containsExactly("body of e1");
    assertThat(receiveAtOnce(old, "exclusive").messages()).isEmpty();
  }

  @Test
  void aSuspendedLiteTopicWaitsAndItsAttemptIsNotCounted() {
    WireClient client = follower("suspended");
    client.sync(PARTIAL_ADD, "suspended", "suspended", "a", "b");
    producer.send(lite("suspended", "a", "s1"));
    Message message = receive(client, "suspended").only();

    client
        .stub()
        .changeInvisibleDuration(
            ChangeInvisibleDurationRequest.newBuilder()
                .setGroup(resource("suspended"))
                .setTopic(resource("suspended"))
                .setReceiptHandle(handle(message))
                .setInvisibleDuration(seconds(1))
                .setLiteTopic("a")
                .setSuspend(true)
                .build());

    producer.send(lite("suspended", "a", "s2"), lite("suspended", "b", "s3"));
    assertThat(receive(client, "suspended").bodies()).containsExactly("body of s3");
    Message again = receive(client, "suspended").messages().getFirst();
    assertThat(again.getBody()).isEqualTo(message.getBody());
    assertThat(again.getSystemProperties().getDeliveryAttempt()).isEqualTo(1);
  }

  /** A lite topic has one outstanding batch; the next goes out when that one is acknowledged. */
  @Test
  void theNextBatchWaitsForTheAcknowledgementOfTheOneBefore() {
    WireClient client = follower("strict");
    client.sync(PARTIAL_ADD, "strict", "strict", "a");
    producer.send(lite("strict", "a", "t1"));
    Message first = receive(client, "strict").only();
    producer.send(lite("strict", "a", "t2"));
    assertThat(receiveAtOnce(client, "strict").messages()).isEmpty();

    client.acknowledge("strict", "strict", handle(first));

    assertThat(receive(client, "strict").bodies()).isEqualTo(List.of("body of t2"));
  }
}
