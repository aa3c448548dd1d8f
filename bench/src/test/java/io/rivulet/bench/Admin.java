package io.rivulet.bench;

import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.rivulet.api.v1.AdminServiceGrpc;
import io.rivulet.api.v1.DefineGroupRequest;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.DefineTopicRequest;
import io.rivulet.api.v1.DescribeGroupRequest;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupDescription;
import io.rivulet.api.v1.GroupKind;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.SubscriptionModel;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.api.v1.TopicType;

/** Safe for all threads: a channel and nothing else. Defines what a test cannot leave to chance. */
public final class Admin implements AutoCloseable {
  private final ManagedChannel channel;
  private final AdminServiceGrpc.AdminServiceBlockingStub stub;

  public Admin(String endpoint) {
    this.channel = NettyChannelBuilder.forTarget(endpoint).usePlaintext().build();
    this.stub = AdminServiceGrpc.newBlockingStub(channel).withWaitForReady();
  }

  public void defineTopic(String name, TopicType type) {
    stub.defineTopic(
        DefineTopicRequest.newBuilder()
            .setTopic(TopicDefinition.newBuilder().setName(name).setType(type))
            .setMode(DefineMode.DEFINE_MODE_CREATE)
            .build());
  }

  /** A group for whole topics whose messages die after so many attempts, one second apart. */
  public void defineGroup(String name, int maxAttempts) {
    define(
        GroupDefinition.newBuilder()
            .setName(name)
            .setKind(GroupKind.GROUP_KIND_STANDARD)
            .setMaxAttempts(maxAttempts)
            .addBackoff(Duration.newBuilder().setSeconds(1)));
  }

  /** A group for whole topics that is served by these rules. */
  public void defineGroup(String name, Scheduling scheduling) {
    define(
        GroupDefinition.newBuilder()
            .setName(name)
            .setKind(GroupKind.GROUP_KIND_STANDARD)
            .setScheduling(scheduling));
  }

  public void defineLiteGroup(String name, String boundTopic, SubscriptionModel model) {
    define(
        GroupDefinition.newBuilder()
            .setName(name)
            .setKind(GroupKind.GROUP_KIND_LITE)
            .setBoundTopic(boundTopic)
            .setModel(model));
  }

  /** How many messages the group has not acknowledged yet, on all its topics. */
  public long backlog(String group) {
    GroupDescription description =
        stub.describeGroup(DescribeGroupRequest.newBuilder().setName(group).build()).getGroup();
    return description.getTopicsList().stream().mapToLong(topic -> topic.getBacklog()).sum();
  }

  private void define(GroupDefinition.Builder group) {
    stub.defineGroup(
        DefineGroupRequest.newBuilder()
            .setGroup(group)
            .setMode(DefineMode.DEFINE_MODE_CREATE)
            .build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
