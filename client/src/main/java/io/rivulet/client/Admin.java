package io.rivulet.client;

import com.google.protobuf.Timestamp;
import io.grpc.Channel;
import io.rivulet.api.v1.AdminServiceGrpc;
import io.rivulet.api.v1.AdminServiceGrpc.AdminServiceBlockingStub;
import io.rivulet.api.v1.DefineGroupRequest;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.DefineTopicRequest;
import io.rivulet.api.v1.DeleteGroupRequest;
import io.rivulet.api.v1.DeleteTopicRequest;
import io.rivulet.api.v1.DescribeGroupRequest;
import io.rivulet.api.v1.DescribeLiteTopicRequest;
import io.rivulet.api.v1.DescribeTopicRequest;
import io.rivulet.api.v1.DescribeTopicResponse;
import io.rivulet.api.v1.GetServerInfoRequest;
import io.rivulet.api.v1.GetServerInfoResponse;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.GroupDescription;
import io.rivulet.api.v1.ListDeadLettersRequest;
import io.rivulet.api.v1.ListDeadLettersResponse;
import io.rivulet.api.v1.ListGroupsRequest;
import io.rivulet.api.v1.ListGroupsResponse;
import io.rivulet.api.v1.ListLiteTopicsRequest;
import io.rivulet.api.v1.ListLiteTopicsResponse;
import io.rivulet.api.v1.ListTopicsRequest;
import io.rivulet.api.v1.ListTopicsResponse;
import io.rivulet.api.v1.LiteBacklog;
import io.rivulet.api.v1.LiteTopic;
import io.rivulet.api.v1.ReclaimLiteTopicRequest;
import io.rivulet.api.v1.RedriveDeadLettersRequest;
import io.rivulet.api.v1.ResetOffsetRequest;
import io.rivulet.api.v1.SetLiteTopicTtlRequest;
import io.rivulet.api.v1.SuspendLiteTopicRequest;
import io.rivulet.api.v1.TopLiteTopicsRequest;
import io.rivulet.api.v1.TopicDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Safe for all threads: immutable. Topics, groups, lite topics, dead letters, and the server
 * itself, in the words of rivulet.v1.
 *
 * <p>Every method waits for the answer and throws {@link RivuletException} if the server refuses or
 * can't be reached. An answer to a change means that the change is durable.
 */
public final class Admin {
  private final AdminServiceBlockingStub service;
  private final ClientConfig config;

  Admin(Channel channel, ClientConfig config) {
    this.service = AdminServiceGrpc.newBlockingStub(channel);
    this.config = config;
  }

  /** Makes a topic or changes its settings; answers it as it is now. */
  public TopicDefinition defineTopic(TopicDefinition topic, DefineMode mode) {
    return call(service ->
            service.defineTopic(
                DefineTopicRequest.newBuilder().setTopic(topic).setMode(mode).build()))
        .getTopic();
  }

  /** A topic with the groups that follow it. */
  public DescribeTopicResponse topic(String name) {
    return call(
        service -> service.describeTopic(DescribeTopicRequest.newBuilder().setName(name).build()));
  }

  /**
   * A page of topics in order of name.
   *
   * @param prefix only names that begin so; empty: all
   * @param pageToken from the previous page; empty: the first page
   */
  public ListTopicsResponse topics(String prefix, int pageSize, String pageToken) {
    return call(service ->
        service.listTopics(
            ListTopicsRequest.newBuilder()
                .setPrefix(prefix)
                .setPageSize(pageSize)
                .setPageToken(pageToken)
                .build()));
  }

  /** Deletes a topic with its messages and all progress on it. */
  public TopicDefinition deleteTopic(String name) {
    return call(
            service -> service.deleteTopic(DeleteTopicRequest.newBuilder().setName(name).build()))
        .getTopic();
  }

  /** Makes a group or changes its settings; answers it as it is now. */
  public GroupDefinition defineGroup(GroupDefinition group, DefineMode mode) {
    return call(service ->
            service.defineGroup(
                DefineGroupRequest.newBuilder().setGroup(group).setMode(mode).build()))
        .getGroup();
  }

  /** A group with its progress, backlog and clients. */
  public GroupDescription group(String name) {
    return call(service ->
            service.describeGroup(DescribeGroupRequest.newBuilder().setName(name).build()))
        .getGroup();
  }

  /** A page of groups in order of name; parameters as in {@link #topics}. */
  public ListGroupsResponse groups(String prefix, int pageSize, String pageToken) {
    return call(service ->
        service.listGroups(
            ListGroupsRequest.newBuilder()
                .setPrefix(prefix)
                .setPageSize(pageSize)
                .setPageToken(pageToken)
                .build()));
  }

  /** Deletes a group with its progress. */
  public GroupDefinition deleteGroup(String name) {
    return call(
            service -> service.deleteGroup(DeleteGroupRequest.newBuilder().setName(name).build()))
        .getGroup();
  }

  /**
   * Moves a group's progress.
   *
   * @param liteTopic only this lite topic or message group; empty: all queues of the topic
   * @param to not a token
   * @return how many queues were moved
   */
  public int resetOffset(String group, String topic, String liteTopic, ReadFrom to) {
    return call(service ->
            service.resetOffset(
                ResetOffsetRequest.newBuilder()
                    .setGroup(group)
                    .setTopic(topic)
                    .setLiteTopic(liteTopic)
                    .setTo(to.toWire())
                    .build()))
        .getQueueCount();
  }

  /** A page of lite topics in order of name; parameters as in {@link #topics}. */
  public ListLiteTopicsResponse liteTopics(
      String topic, String prefix, int pageSize, String pageToken) {
    return call(service ->
        service.listLiteTopics(
            ListLiteTopicsRequest.newBuilder()
                .setTopic(topic)
                .setPrefix(prefix)
                .setPageSize(pageSize)
                .setPageToken(pageToken)
                .build()));
  }

  /**
   * The lite topics with the most unread messages, largest first.
   *
   * @param limit how many at most, 1 to 1000
   */
  public List<LiteBacklog> topLiteTopics(String topic, int limit) {
    return call(service ->
            service.topLiteTopics(
                TopLiteTopicsRequest.newBuilder().setTopic(topic).setLimit(limit).build()))
        .getLiteTopicsList();
  }

  public LiteTopic liteTopic(String topic, String liteTopic) {
    return call(service ->
            service.describeLiteTopic(
                DescribeLiteTopicRequest.newBuilder()
                    .setTopic(topic)
                    .setLiteTopic(liteTopic)
                    .build()))
        .getLiteTopic();
  }

  /** Ends a lite topic's life now, unread or not; answers it as it was. */
  public LiteTopic reclaim(String topic, String liteTopic) {
    return call(service ->
            service.reclaimLiteTopic(
                ReclaimLiteTopicRequest.newBuilder()
                    .setTopic(topic)
                    .setLiteTopic(liteTopic)
                    .build()))
        .getLiteTopic();
  }

  /**
   * Gives a lite topic a TTL of its own.
   *
   * @param ttl empty: its parent's again
   */
  public LiteTopic setTtl(String topic, String liteTopic, Optional<Duration> ttl) {
    SetLiteTopicTtlRequest.Builder request =
        SetLiteTopicTtlRequest.newBuilder().setTopic(topic).setLiteTopic(liteTopic);
    ttl.ifPresent(time -> request.setTtl(WireTimes.write(time)));
    return call(service -> service.setLiteTopicTtl(request.build())).getLiteTopic();
  }

  /**
   * Hands out nothing of a lite topic to a group for a while, instead of what was said before.
   *
   * @param length at most 30 days; zero: it is handed out again
   * @return until when, by the server's clock
   */
  public Instant suspend(String topic, String liteTopic, String group, Duration length) {
    SuspendLiteTopicRequest request =
        SuspendLiteTopicRequest.newBuilder()
            .setTopic(topic)
            .setLiteTopic(liteTopic)
            .setGroup(group)
            .setLength(WireTimes.write(length))
            .build();
    Timestamp until = call(service -> service.suspendLiteTopic(request)).getUntil();
    return Instant.ofEpochSecond(until.getSeconds(), until.getNanos());
  }

  /** A page of a group's dead letters, oldest first; parameters as in {@link #topics}. */
  public DeadLetterPage deadLetters(String group, int pageSize, String pageToken) {
    ListDeadLettersResponse response =
        call(service ->
            service.listDeadLetters(
                ListDeadLettersRequest.newBuilder()
                    .setGroup(group)
                    .setPageSize(pageSize)
                    .setPageToken(pageToken)
                    .build()));
    return new DeadLetterPage(
        response.getMessagesList().stream().map(ReceivedMessage::new).toList(),
        response.getNextPageToken());
  }

  /**
   * Sends a group's dead letters back to the topics that they came from.
   *
   * @param limit at most so many, 1 to 10,000
   * @return how many were sent back
   */
  public int redrive(String group, int limit) {
    return call(service ->
            service.redriveDeadLetters(
                RedriveDeadLettersRequest.newBuilder().setGroup(group).setLimit(limit).build()))
        .getMessageCount();
  }

  /** What server this is. */
  public GetServerInfoResponse serverInfo() {
    return call(service -> service.getServerInfo(GetServerInfoRequest.getDefaultInstance()));
  }

  private <T> T call(Function<AdminServiceBlockingStub, T> request) {
    return Calls.call(service, config, request);
  }

  /**
   * Immutable. A page of dead letters.
   *
   * @param nextPageToken empty: this is the last page
   */
  public record DeadLetterPage(List<ReceivedMessage> messages, String nextPageToken) {
    public DeadLetterPage {
      messages = List.copyOf(messages);
    }
  }
}
