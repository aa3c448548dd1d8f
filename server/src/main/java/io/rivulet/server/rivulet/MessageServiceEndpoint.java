package io.rivulet.server.rivulet;

import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.rivulet.api.v1.AcknowledgeRequest;
import io.rivulet.api.v1.AcknowledgeResponse;
import io.rivulet.api.v1.AcknowledgeResult;
import io.rivulet.api.v1.AppendRequest;
import io.rivulet.api.v1.AppendResponse;
import io.rivulet.api.v1.AppendStreamRequest;
import io.rivulet.api.v1.AppendStreamResponse;
import io.rivulet.api.v1.CancelMessageRequest;
import io.rivulet.api.v1.CancelMessageResponse;
import io.rivulet.api.v1.ChangeInvisibleRequest;
import io.rivulet.api.v1.ChangeInvisibleResponse;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.MoveToDeadLettersRequest;
import io.rivulet.api.v1.MoveToDeadLettersResponse;
import io.rivulet.api.v1.PollRequest;
import io.rivulet.api.v1.PollResponse;
import io.rivulet.api.v1.ReadRequest;
import io.rivulet.api.v1.ReadResponse;
import io.rivulet.api.v1.ReprioritizeMessageRequest;
import io.rivulet.api.v1.ReprioritizeMessageResponse;
import io.rivulet.api.v1.SubscribeRequest;
import io.rivulet.api.v1.SubscribeResponse;
import io.rivulet.api.v1.TailRequest;
import io.rivulet.api.v1.TailResponse;
import io.rivulet.api.v1.UnsubscribeRequest;
import io.rivulet.api.v1.UnsubscribeResponse;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.message.Reprioritized;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.Incoming;
import io.rivulet.server.grpc.KeepingMarshaller;
import io.rivulet.server.grpc.Rebound;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Safe for all threads: immutable. The MessageService of rivulet.v1 on an engine. */
final class MessageServiceEndpoint extends MessageServiceGrpc.MessageServiceImplBase {
  private static final Duration MAX_WAIT = Duration.ofSeconds(30);

  private final Engine engine;
  private final WaitingCalls waiting;
  private final Appender appender;
  private final Consumers consumers;
  private final int maxPageMessages;

  /**
   * @param maxPageMessages the engine's bound of messages in one reply
   */
  MessageServiceEndpoint(
      Engine engine, Returns returns, Clock clock, WaitingCalls waiting, int maxPageMessages) {
    this.engine = engine;
    this.waiting = waiting;
    this.appender = new Appender(engine, clock);
    this.consumers = new Consumers(engine, returns, waiting, maxPageMessages);
    this.maxPageMessages = maxPageMessages;
  }

  /** All methods; those that append with requests that are not copied when they are large. */
  ServerServiceDefinition bind() {
    return Rebound.with(
        bindService(),
        ServerMethodDefinition.create(
            KeepingMarshaller.keeping(
                MessageServiceGrpc.getAppendMethod(), AppendRequest.getDefaultInstance()),
            ServerCalls.asyncUnaryCall(this::append)),
        ServerMethodDefinition.create(
            KeepingMarshaller.keeping(
                MessageServiceGrpc.getAppendStreamMethod(),
                AppendStreamRequest.getDefaultInstance()),
            ServerCalls.asyncBidiStreamingCall(this::openStream)));
  }

  private void append(Incoming<AppendRequest> incoming, StreamObserver<AppendResponse> call) {
    if (!incoming.take()) {
      return; // the call has ended: there is nobody to answer
    }
    // A caller that goes away does not unsend: the work itself is not cancelled.
    ((ServerCallStreamObserver<AppendResponse>) call).setOnCancelHandler(() -> {});
    Answers.then(
        appender.append(incoming.message(), incoming),
        call,
        outcome -> Answers.finish(outcome, call, response -> response));
  }

  private StreamObserver<Incoming<AppendStreamRequest>> openStream(
      StreamObserver<AppendStreamResponse> call) {
    AppendStreamCall stream =
        new AppendStreamCall((ServerCallStreamObserver<AppendStreamResponse>) call, appender);
    stream.open();
    return stream;
  }

  @Override
  public void read(ReadRequest request, StreamObserver<ReadResponse> call) {
    Outcome<ReadStart> start = ReadStart.of(request.getFrom());
    Outcome<Duration> wait = wait(request.getWait());
    Outcome<Integer> maxMessages =
        pageSize("max_messages", request.getMaxMessages(), maxPageMessages, maxPageMessages);
    if (refuses(call, List.of(start, wait, maxMessages))) {
      return;
    }
    CompletableFuture<Outcome<ReadReply>> page =
        engine.read(
            new io.rivulet.engine.lite.ReadRequest(
                request.getTopic(),
                Optional.of(request.getLiteTopic()).filter(name -> !name.isEmpty()),
                start.value().option(),
                start.value().incarnation(),
                maxMessages.value(),
                wait.value()));
    Answers.answer(waiting.watch(page), call, reply -> response(start.value(), reply));
  }

  @Override
  public void tail(TailRequest request, StreamObserver<TailResponse> call) {
    Outcome<ReadStart> start = ReadStart.of(request.getFrom());
    Outcome<Integer> maxMessages =
        pageSize("max_messages", request.getMaxMessages(), maxPageMessages, maxPageMessages);
    if (refuses(call, List.of(start, maxMessages))) {
      return;
    }
    new TailCall(
            engine,
            waiting,
            (ServerCallStreamObserver<TailResponse>) call,
            request,
            start.value(),
            maxMessages.value())
        .open();
  }

  @Override
  public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> call) {
    Answers.answer(
        consumers.subscribe(request),
        call,
        count -> SubscribeResponse.newBuilder().setLiteTopicCount(count).build());
  }

  @Override
  public void unsubscribe(UnsubscribeRequest request, StreamObserver<UnsubscribeResponse> call) {
    engine.clientGone(request.getClientId());
    call.onNext(UnsubscribeResponse.getDefaultInstance());
    call.onCompleted();
  }

  @Override
  public void poll(PollRequest request, StreamObserver<PollResponse> call) {
    Outcome<Duration> wait = wait(request.getWait());
    Outcome<Integer> maxMessages =
        pageSize("max_messages", request.getMaxMessages(), 32, maxPageMessages);
    Outcome<Optional<Duration>> invisible =
        Durations.read("invisible", request.hasInvisible(), request.getInvisible());
    if (refuses(call, List.of(wait, maxMessages, invisible))) {
      return;
    }
    consumers.poll(
        request,
        maxMessages.value(),
        wait.value(),
        invisible.value(),
        (ServerCallStreamObserver<PollResponse>) call);
  }

  @Override
  public void acknowledge(AcknowledgeRequest request, StreamObserver<AcknowledgeResponse> call) {
    List<String> handles = request.getReceiptHandlesList();
    if (handles.isEmpty() || handles.size() > Appender.MAX_MESSAGES) {
      Answers.refuse(
          call,
          RefusalCode.ILLEGAL_ARGUMENT,
          "an acknowledgement has 1 to 10,000 receipt handles, not " + handles.size());
      return;
    }
    ((ServerCallStreamObserver<AcknowledgeResponse>) call).setOnCancelHandler(() -> {});
    Answers.then(
        engine.acknowledge(request.getGroup(), handles),
        call,
        outcomes -> Answers.finish(Outcome.ok(outcomes), call, MessageServiceEndpoint::response));
  }

  @Override
  public void changeInvisible(
      ChangeInvisibleRequest request, StreamObserver<ChangeInvisibleResponse> call) {
    Outcome<Duration> invisible = Durations.read("invisible", request.getInvisible());
    if (refuses(call, List.of(invisible))) {
      return;
    }
    Answers.answer(
        engine.changeInvisible(
            request.getGroup(),
            request.getReceiptHandle(),
            invisible.value(),
            request.getSuspend()),
        call,
        handle -> ChangeInvisibleResponse.newBuilder().setReceiptHandle(handle).build());
  }

  @Override
  public void moveToDeadLetters(
      MoveToDeadLettersRequest request, StreamObserver<MoveToDeadLettersResponse> call) {
    Answers.answer(
        engine.deadLetter(request.getGroup(), request.getReceiptHandle(), request.getReason()),
        call,
        handle -> MoveToDeadLettersResponse.getDefaultInstance());
  }

  @Override
  public void cancelMessage(
      CancelMessageRequest request, StreamObserver<CancelMessageResponse> call) {
    // A caller that goes away wants it no less.
    ((ServerCallStreamObserver<CancelMessageResponse>) call).setOnCancelHandler(() -> {});
    Answers.then(
        engine.cancel(request.getTopic(), request.getHandle()),
        call,
        outcome -> Answers.finish(outcome, call, MessageMapping::toWire));
  }

  @Override
  public void reprioritizeMessage(
      ReprioritizeMessageRequest request, StreamObserver<ReprioritizeMessageResponse> call) {
    ((ServerCallStreamObserver<ReprioritizeMessageResponse>) call).setOnCancelHandler(() -> {});
    Answers.then(
        engine.reprioritize(request.getHandle(), request.getPriority()),
        call,
        outcome -> Answers.finish(outcome, call, MessageServiceEndpoint::response));
  }

  private static ReprioritizeMessageResponse response(Reprioritized changed) {
    return ReprioritizeMessageResponse.newBuilder()
        .setHandle(changed.handle())
        .setWholeQueue(changed.isWholeQueue())
        .build();
  }

  /** The number in the request, or the usual one if there is none. */
  static Outcome<Integer> pageSize(String field, int given, int usual, int max) {
    return given < 0 || given > max
        ? Outcome.refused(
            RefusalCode.ILLEGAL_ARGUMENT,
            "%s is 1 to %d, or 0 for the usual, not %d".formatted(field, max, given))
        : Outcome.ok(given == 0 ? Math.min(usual, max) : given);
  }

  /** Ends the call with the first refusal, if there is one. */
  static boolean refuses(StreamObserver<?> call, List<Outcome<?>> fields) {
    for (Outcome<?> field : fields) {
      if (field instanceof Outcome.Refused<?>(var refusal)) {
        call.onError(RefusalMapping.toStatus(refusal));
        return true;
      }
    }
    return false;
  }

  private static Outcome<Duration> wait(com.google.protobuf.Duration wait) {
    Outcome<Duration> read = Durations.read("wait", wait);
    return read.isOk() && read.value().compareTo(MAX_WAIT) > 0
        ? Outcome.refused(
            RefusalCode.ILLEGAL_ARGUMENT, "wait is 0 to 30 s, not " + read.value().toSeconds())
        : read;
  }

  private static ReadResponse response(ReadStart start, ReadReply reply) {
    ReadResponse.Builder response =
        ReadResponse.newBuilder()
            .setToken(start.after(reply).token())
            .setEndOffset(reply.endOffset());
    for (StoredMessage message : reply.messages()) {
      response.addMessages(MessageMapping.toWireWithToken(message));
    }
    return response.build();
  }

  private static AcknowledgeResponse response(List<Outcome<String>> outcomes) {
    AcknowledgeResponse.Builder response = AcknowledgeResponse.newBuilder();
    for (Outcome<String> outcome : outcomes) {
      response.addResults(
          switch (outcome) {
            case Outcome.Ok<String> ok -> AcknowledgeResult.getDefaultInstance();
            case Outcome.Refused<String>(var refusal) ->
                AcknowledgeResult.newBuilder().setRefusal(RefusalMapping.toWire(refusal)).build();
          });
    }
    return response.build();
  }
}
