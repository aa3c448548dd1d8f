package io.rivulet.server.rocketmq;

import apache.rocketmq.v2.AckMessageRequest;
import apache.rocketmq.v2.AckMessageResponse;
import apache.rocketmq.v2.ChangeInvisibleDurationRequest;
import apache.rocketmq.v2.ChangeInvisibleDurationResponse;
import apache.rocketmq.v2.EndTransactionRequest;
import apache.rocketmq.v2.EndTransactionResponse;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueRequest;
import apache.rocketmq.v2.ForwardMessageToDeadLetterQueueResponse;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.NotifyClientTerminationResponse;
import apache.rocketmq.v2.QueryAssignmentRequest;
import apache.rocketmq.v2.QueryAssignmentResponse;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.RecallMessageRequest;
import apache.rocketmq.v2.RecallMessageResponse;
import apache.rocketmq.v2.ReceiveMessageRequest;
import apache.rocketmq.v2.ReceiveMessageResponse;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SyncLiteSubscriptionRequest;
import apache.rocketmq.v2.SyncLiteSubscriptionResponse;
import apache.rocketmq.v2.TelemetryCommand;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.rivulet.server.grpc.KeepingMarshaller;
import io.rivulet.server.grpc.Rebound;
import io.rivulet.server.rocketmq.connection.HeartbeatHandler;
import io.rivulet.server.rocketmq.lease.LeaseHandler;
import io.rivulet.server.rocketmq.lite.LiteSubscriptionHandler;
import io.rivulet.server.rocketmq.receive.ReceiveHandler;
import io.rivulet.server.rocketmq.route.RouteHandler;
import io.rivulet.server.rocketmq.send.RecallHandler;
import io.rivulet.server.rocketmq.send.SendHandler;
import io.rivulet.server.rocketmq.send.UnsupportedKinds;
import io.rivulet.server.rocketmq.settings.SettingsHandler;

/**
 * Safe for all threads: stateless. Hands each RPC to its handler; none of them blocks, so that all
 * may run on the network's own threads.
 *
 * <p>Trap 22: PullMessage, UpdateOffset, GetOffset and QueryOffset, which no official client calls
 * and the reference does not have either, are left to gRPC's UNIMPLEMENTED, and so is the Admin
 * service.
 */
final class MessagingService extends MessagingServiceGrpc.MessagingServiceImplBase {
  /** Immutable. One handler per family of RPCs. */
  record Handlers(
      RouteHandler route,
      SettingsHandler settings,
      HeartbeatHandler heartbeat,
      SendHandler send,
      UnsupportedKinds unsupported,
      RecallHandler recall,
      ReceiveHandler receive,
      LeaseHandler lease,
      LiteSubscriptionHandler lite) {}

  private final Handlers handlers;

  MessagingService(Handlers handlers) {
    this.handlers = handlers;
  }

  @Override
  public void queryRoute(QueryRouteRequest request, StreamObserver<QueryRouteResponse> observer) {
    handlers.route.queryRoute(request, observer);
  }

  @Override
  public void queryAssignment(
      QueryAssignmentRequest request, StreamObserver<QueryAssignmentResponse> observer) {
    handlers.route.queryAssignment(request, observer);
  }

  @Override
  public StreamObserver<TelemetryCommand> telemetry(StreamObserver<TelemetryCommand> observer) {
    return handlers.settings.open(observer);
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> observer) {
    handlers.heartbeat.heartbeat(request, observer);
  }

  @Override
  public void notifyClientTermination(
      NotifyClientTerminationRequest request,
      StreamObserver<NotifyClientTerminationResponse> observer) {
    handlers.heartbeat.terminate(request, observer);
  }

  /** All methods; SendMessage with requests that are not copied when they are large. */
  ServerServiceDefinition bind() {
    return Rebound.with(
        bindService(),
        ServerMethodDefinition.create(
            KeepingMarshaller.keeping(
                MessagingServiceGrpc.getSendMessageMethod(),
                SendMessageRequest.getDefaultInstance()),
            ServerCalls.asyncUnaryCall(handlers.send::send)));
  }

  @Override
  public void endTransaction(
      EndTransactionRequest request, StreamObserver<EndTransactionResponse> observer) {
    handlers.unsupported.endTransaction(request, observer);
  }

  @Override
  public void recallMessage(
      RecallMessageRequest request, StreamObserver<RecallMessageResponse> observer) {
    handlers.recall.recall(request, observer);
  }

  @Override
  public void receiveMessage(
      ReceiveMessageRequest request, StreamObserver<ReceiveMessageResponse> observer) {
    handlers.receive.receive(request, observer);
  }

  @Override
  public void ackMessage(AckMessageRequest request, StreamObserver<AckMessageResponse> observer) {
    handlers.lease.acknowledge(request, observer);
  }

  @Override
  public void changeInvisibleDuration(
      ChangeInvisibleDurationRequest request,
      StreamObserver<ChangeInvisibleDurationResponse> observer) {
    handlers.lease.changeInvisible(request, observer);
  }

  @Override
  public void forwardMessageToDeadLetterQueue(
      ForwardMessageToDeadLetterQueueRequest request,
      StreamObserver<ForwardMessageToDeadLetterQueueResponse> observer) {
    handlers.lease.deadLetter(request, observer);
  }

  @Override
  public void syncLiteSubscription(
      SyncLiteSubscriptionRequest request, StreamObserver<SyncLiteSubscriptionResponse> observer) {
    handlers.lite.sync(request, observer);
  }
}
