package io.rivulet.server.rivulet;

import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.AdminServiceGrpc;
import io.rivulet.api.v1.DefineGroupRequest;
import io.rivulet.api.v1.DefineGroupResponse;
import io.rivulet.api.v1.DefineMode;
import io.rivulet.api.v1.DefineTopicRequest;
import io.rivulet.api.v1.DefineTopicResponse;
import io.rivulet.api.v1.DeleteGroupRequest;
import io.rivulet.api.v1.DeleteGroupResponse;
import io.rivulet.api.v1.DeleteTopicRequest;
import io.rivulet.api.v1.DeleteTopicResponse;
import io.rivulet.api.v1.DescribeGroupRequest;
import io.rivulet.api.v1.DescribeGroupResponse;
import io.rivulet.api.v1.DescribeLiteTopicRequest;
import io.rivulet.api.v1.DescribeLiteTopicResponse;
import io.rivulet.api.v1.DescribeTopicRequest;
import io.rivulet.api.v1.DescribeTopicResponse;
import io.rivulet.api.v1.GetServerInfoRequest;
import io.rivulet.api.v1.GetServerInfoResponse;
import io.rivulet.api.v1.ListDeadLettersRequest;
import io.rivulet.api.v1.ListDeadLettersResponse;
import io.rivulet.api.v1.ListGroupsRequest;
import io.rivulet.api.v1.ListGroupsResponse;
import io.rivulet.api.v1.ListLiteTopicsRequest;
import io.rivulet.api.v1.ListLiteTopicsResponse;
import io.rivulet.api.v1.ListTopicsRequest;
import io.rivulet.api.v1.ListTopicsResponse;
import io.rivulet.api.v1.ReadFrom;
import io.rivulet.api.v1.ReclaimLiteTopicRequest;
import io.rivulet.api.v1.ReclaimLiteTopicResponse;
import io.rivulet.api.v1.RedriveDeadLettersRequest;
import io.rivulet.api.v1.RedriveDeadLettersResponse;
import io.rivulet.api.v1.ResetOffsetRequest;
import io.rivulet.api.v1.ResetOffsetResponse;
import io.rivulet.api.v1.SetLiteTopicTtlRequest;
import io.rivulet.api.v1.SetLiteTopicTtlResponse;
import io.rivulet.api.v1.SuspendLiteTopicRequest;
import io.rivulet.api.v1.SuspendLiteTopicResponse;
import io.rivulet.api.v1.TopLiteTopicsRequest;
import io.rivulet.api.v1.TopLiteTopicsResponse;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.lite.LiteTopicPage;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.engine.topic.TopicDefinition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Safe for all threads: immutable. The AdminService of rivulet.v1 on an engine. */
final class AdminServiceEndpoint extends AdminServiceGrpc.AdminServiceImplBase {
  private static final int USUAL_PAGE = 100;
  private static final int USUAL_TOP = 20;
  private static final int MAX_PAGE = 1000;
  private static final int MAX_REDRIVE = 10_000;
  private static final String DEAD_LETTER_PREFIX = "%DLQ%";

  private final Engine engine;
  private final Clock clock;
  private final ServerInfo info;
  private final int maxPageMessages;

  /**
   * @param maxPageMessages the engine's bound of messages in one reply
   */
  AdminServiceEndpoint(Engine engine, Clock clock, ServerInfo info, int maxPageMessages) {
    this.engine = engine;
    this.clock = clock;
    this.info = info;
    this.maxPageMessages = maxPageMessages;
  }

  @Override
  public void defineTopic(DefineTopicRequest request, StreamObserver<DefineTopicResponse> call) {
    Outcome<TopicDefinition> topic =
        DefinitionMapping.toEngine(request.getTopic(), engine.topic(request.getTopic().getName()));
    if (MessageServiceEndpoint.refuses(call, List.of(topic))) {
      return;
    }
    boolean exists = engine.topic(topic.value().name()).isPresent();
    if (request.getMode() == DefineMode.DEFINE_MODE_CREATE && exists) {
      Answers.refuse(
          call,
          RefusalCode.ALREADY_EXISTS,
          "topic '" + topic.value().name() + "' exists already: update it, or choose another name");
    } else if (request.getMode() == DefineMode.DEFINE_MODE_UPDATE && !exists) {
      refuseTopic(call, topic.value().name());
    } else {
      Answers.answer(
          engine.defineTopic(topic.value()),
          call,
          defined ->
              DefineTopicResponse.newBuilder().setTopic(DefinitionMapping.toWire(defined)).build());
    }
  }

  @Override
  public void describeTopic(
      DescribeTopicRequest request, StreamObserver<DescribeTopicResponse> call) {
    Optional<TopicDefinition> topic = engine.topic(request.getName());
    if (topic.isEmpty()) {
      refuseTopic(call, request.getName());
      return;
    }
    Answers.answer(
        new TopicFollowers(engine).of(request.getName()).thenApply(Outcome::ok),
        call,
        groups ->
            DescribeTopicResponse.newBuilder()
                .setTopic(DefinitionMapping.toWire(topic.get()))
                .setParked(engine.parked(request.getName()))
                .addAllGroups(
                    groups.stream()
                        .map(each -> DefinitionMapping.toWire(each.group(), each.progress()))
                        .toList())
                .build());
  }

  @Override
  public void listTopics(ListTopicsRequest request, StreamObserver<ListTopicsResponse> call) {
    Outcome<Integer> size =
        MessageServiceEndpoint.pageSize("page_size", request.getPageSize(), USUAL_PAGE, MAX_PAGE);
    if (MessageServiceEndpoint.refuses(call, List.of(size))) {
      return;
    }
    List<TopicDefinition> found =
        NamedPages.page(
            engine.topics(),
            TopicDefinition::name,
            request.getPrefix(),
            request.getPageToken(),
            size.value());
    ListTopicsResponse.Builder response = ListTopicsResponse.newBuilder();
    found.stream()
        .limit(size.value())
        .forEach(topic -> response.addTopics(DefinitionMapping.toWire(topic)));
    if (found.size() > size.value()) {
      response.setNextPageToken(found.get(size.value() - 1).name());
    }
    Answers.finish(Outcome.ok(response), call, ListTopicsResponse.Builder::build);
  }

  @Override
  public void deleteTopic(DeleteTopicRequest request, StreamObserver<DeleteTopicResponse> call) {
    Answers.answer(
        engine.deleteTopic(request.getName()),
        call,
        topic ->
            DeleteTopicResponse.newBuilder().setTopic(DefinitionMapping.toWire(topic)).build());
  }

  @Override
  public void defineGroup(DefineGroupRequest request, StreamObserver<DefineGroupResponse> call) {
    Outcome<GroupDefinition> group =
        DefinitionMapping.toEngine(request.getGroup(), engine.group(request.getGroup().getName()));
    if (MessageServiceEndpoint.refuses(call, List.of(group))) {
      return;
    }
    boolean exists = engine.group(group.value().name()).isPresent();
    if (request.getMode() == DefineMode.DEFINE_MODE_CREATE && exists) {
      Answers.refuse(
          call,
          RefusalCode.ALREADY_EXISTS,
          "group '" + group.value().name() + "' exists already: update it, or choose another name");
    } else if (request.getMode() == DefineMode.DEFINE_MODE_UPDATE && !exists) {
      refuseGroup(call, group.value().name());
    } else {
      Answers.answer(
          engine.defineGroup(group.value()),
          call,
          defined ->
              DefineGroupResponse.newBuilder().setGroup(DefinitionMapping.toWire(defined)).build());
    }
  }

  @Override
  public void describeGroup(
      DescribeGroupRequest request, StreamObserver<DescribeGroupResponse> call) {
    Answers.answer(
        engine.describeGroup(request.getName()),
        call,
        view ->
            DescribeGroupResponse.newBuilder().setGroup(DefinitionMapping.toWire(view)).build());
  }

  @Override
  public void listGroups(ListGroupsRequest request, StreamObserver<ListGroupsResponse> call) {
    Outcome<Integer> size =
        MessageServiceEndpoint.pageSize("page_size", request.getPageSize(), USUAL_PAGE, MAX_PAGE);
    if (MessageServiceEndpoint.refuses(call, List.of(size))) {
      return;
    }
    List<GroupDefinition> found =
        NamedPages.page(
            engine.groups(),
            GroupDefinition::name,
            request.getPrefix(),
            request.getPageToken(),
            size.value());
    ListGroupsResponse.Builder response = ListGroupsResponse.newBuilder();
    found.stream()
        .limit(size.value())
        .forEach(group -> response.addGroups(DefinitionMapping.toWire(group)));
    if (found.size() > size.value()) {
      response.setNextPageToken(found.get(size.value() - 1).name());
    }
    Answers.finish(Outcome.ok(response), call, ListGroupsResponse.Builder::build);
  }

  @Override
  public void deleteGroup(DeleteGroupRequest request, StreamObserver<DeleteGroupResponse> call) {
    Answers.answer(
        engine.deleteGroup(request.getName()),
        call,
        group ->
            DeleteGroupResponse.newBuilder().setGroup(DefinitionMapping.toWire(group)).build());
  }

  @Override
  public void resetOffset(ResetOffsetRequest request, StreamObserver<ResetOffsetResponse> call) {
    if (request.getTo().getFromCase() == ReadFrom.FromCase.FROM_NOT_SET) {
      Answers.refuse(
          call,
          RefusalCode.ILLEGAL_ARGUMENT,
          "to is missing: give first, last, an offset, a number of last messages or a time");
      return;
    }
    Outcome<OffsetOption> to = ReadStart.option(request.getTo());
    if (MessageServiceEndpoint.refuses(call, List.of(to))) {
      return;
    }
    Answers.answer(
        engine.resetOffset(
            request.getGroup(),
            request.getTopic(),
            Optional.of(request.getLiteTopic()).filter(name -> !name.isEmpty()),
            to.value()),
        call,
        count -> ResetOffsetResponse.newBuilder().setQueueCount(count).build());
  }

  @Override
  public void listLiteTopics(
      ListLiteTopicsRequest request, StreamObserver<ListLiteTopicsResponse> call) {
    Outcome<Integer> size =
        MessageServiceEndpoint.pageSize("page_size", request.getPageSize(), USUAL_PAGE, MAX_PAGE);
    if (MessageServiceEndpoint.refuses(call, List.of(size))) {
      return;
    }
    Answers.answer(
        engine.listLite(
            request.getTopic(), request.getPrefix(), request.getPageToken(), size.value()),
        call,
        AdminServiceEndpoint::response);
  }

  @Override
  public void topLiteTopics(
      TopLiteTopicsRequest request, StreamObserver<TopLiteTopicsResponse> call) {
    Outcome<Integer> limit =
        MessageServiceEndpoint.pageSize("limit", request.getLimit(), USUAL_TOP, MAX_PAGE);
    if (MessageServiceEndpoint.refuses(call, List.of(limit))) {
      return;
    }
    Answers.answer(
        engine.topLite(request.getTopic(), limit.value()),
        call,
        all ->
            TopLiteTopicsResponse.newBuilder()
                .addAllLiteTopics(all.stream().map(DefinitionMapping::toWire).toList())
                .build());
  }

  @Override
  public void describeLiteTopic(
      DescribeLiteTopicRequest request, StreamObserver<DescribeLiteTopicResponse> call) {
    Answers.answer(
        engine.describeLite(request.getTopic(), request.getLiteTopic()),
        call,
        view ->
            DescribeLiteTopicResponse.newBuilder()
                .setLiteTopic(DefinitionMapping.toWire(view))
                .build());
  }

  @Override
  public void reclaimLiteTopic(
      ReclaimLiteTopicRequest request, StreamObserver<ReclaimLiteTopicResponse> call) {
    Answers.answer(
        engine.reclaimLite(request.getTopic(), request.getLiteTopic()),
        call,
        view ->
            ReclaimLiteTopicResponse.newBuilder()
                .setLiteTopic(DefinitionMapping.toWire(view))
                .build());
  }

  @Override
  public void setLiteTopicTtl(
      SetLiteTopicTtlRequest request, StreamObserver<SetLiteTopicTtlResponse> call) {
    Outcome<Optional<Duration>> ttl = Durations.read("ttl", request.hasTtl(), request.getTtl());
    if (MessageServiceEndpoint.refuses(call, List.of(ttl))) {
      return;
    }
    Answers.answer(
        engine.setLiteTtl(request.getTopic(), request.getLiteTopic(), ttl.value()),
        call,
        view ->
            SetLiteTopicTtlResponse.newBuilder()
                .setLiteTopic(DefinitionMapping.toWire(view))
                .build());
  }

  @Override
  public void suspendLiteTopic(
      SuspendLiteTopicRequest request, StreamObserver<SuspendLiteTopicResponse> call) {
    Outcome<Duration> length = Durations.read("length", request.getLength());
    if (MessageServiceEndpoint.refuses(call, List.of(length))) {
      return;
    }
    Answers.answer(
        engine.suspendLite(
            request.getGroup(), request.getTopic(), request.getLiteTopic(), length.value()),
        call,
        until ->
            SuspendLiteTopicResponse.newBuilder()
                .setUntil(DefinitionMapping.toWire(until))
                .build());
  }

  @Override
  public void listDeadLetters(
      ListDeadLettersRequest request, StreamObserver<ListDeadLettersResponse> call) {
    Outcome<Integer> size =
        MessageServiceEndpoint.pageSize(
            "page_size", request.getPageSize(), USUAL_PAGE, maxPageMessages);
    Outcome<ReadStart> start =
        request.getPageToken().isEmpty()
            ? Outcome.ok(ReadStart.FIRST)
            : ReadStart.of(ReadFrom.newBuilder().setToken(request.getPageToken()).build());
    if (MessageServiceEndpoint.refuses(call, List.of(size, start))) {
      return;
    }
    if (engine.topic(DEAD_LETTER_PREFIX + request.getGroup()).isEmpty()) {
      if (engine.group(request.getGroup()).isEmpty()) {
        refuseGroup(call, request.getGroup());
      } else {
        Answers.finish(
            Outcome.ok(ListDeadLettersResponse.getDefaultInstance()), call, response -> response);
      }
      return;
    }
    Answers.answer(
        engine.read(
            new ReadRequest(
                DEAD_LETTER_PREFIX + request.getGroup(),
                Optional.empty(),
                start.value().option(),
                start.value().incarnation(),
                size.value(),
                Duration.ZERO)),
        call,
        reply -> response(start.value(), reply));
  }

  @Override
  public void redriveDeadLetters(
      RedriveDeadLettersRequest request, StreamObserver<RedriveDeadLettersResponse> call) {
    Outcome<Integer> limit =
        MessageServiceEndpoint.pageSize("limit", request.getLimit(), MAX_REDRIVE, MAX_REDRIVE);
    if (MessageServiceEndpoint.refuses(call, List.of(limit))) {
      return;
    }
    Answers.answer(
        engine.redrive(request.getGroup(), limit.value()),
        call,
        count -> RedriveDeadLettersResponse.newBuilder().setMessageCount(count).build());
  }

  @Override
  public void getServerInfo(
      GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> call) {
    EngineStats stats = engine.stats();
    Answers.finish(
        Outcome.ok(
            GetServerInfoResponse.newBuilder()
                .setVersion(info.version())
                .setDurability(info.durability())
                .setStartedAt(DefinitionMapping.toWire(Instant.ofEpochMilli(info.startedMillis())))
                .setUptime(Durations.write(Duration.ofNanos(clock.nanos() - info.startedNanos())))
                .setAppendedMessages(stats.appendedMessages())
                .setDeliveredMessages(stats.deliveredMessages())
                .setAcknowledgedMessages(stats.acknowledgedMessages())
                .setClients(stats.clients())
                .build()),
        call,
        response -> response);
  }

  private static ListLiteTopicsResponse response(LiteTopicPage page) {
    return ListLiteTopicsResponse.newBuilder()
        .addAllLiteTopics(page.liteTopics().stream().map(DefinitionMapping::toWire).toList())
        .setNextPageToken(page.next().orElse(""))
        .build();
  }

  private static ListDeadLettersResponse response(ReadStart start, ReadReply reply) {
    ListDeadLettersResponse.Builder response = ListDeadLettersResponse.newBuilder();
    for (StoredMessage message : reply.messages()) {
      response.addMessages(MessageMapping.toWireWithToken(message));
    }
    if (reply.nextOffset() < reply.endOffset()) {
      response.setNextPageToken(start.after(reply).token());
    }
    return response.build();
  }

  private static void refuseTopic(StreamObserver<?> call, String name) {
    Answers.refuse(
        call,
        RefusalCode.TOPIC_NOT_FOUND,
        "there is no topic '" + name + "': make it, or send a message to it");
  }

  private static void refuseGroup(StreamObserver<?> call, String name) {
    Answers.refuse(
        call,
        RefusalCode.GROUP_NOT_FOUND,
        "there is no group '" + name + "': make it, or receive with it");
  }
}
