package io.rivulet.bench.raw;

import apache.rocketmq.v2.Address;
import apache.rocketmq.v2.AddressScheme;
import apache.rocketmq.v2.Broker;
import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Endpoints;
import apache.rocketmq.v2.ExponentialBackoff;
import apache.rocketmq.v2.HeartbeatRequest;
import apache.rocketmq.v2.HeartbeatResponse;
import apache.rocketmq.v2.Message;
import apache.rocketmq.v2.MessageQueue;
import apache.rocketmq.v2.MessageType;
import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.NotifyClientTerminationRequest;
import apache.rocketmq.v2.NotifyClientTerminationResponse;
import apache.rocketmq.v2.Permission;
import apache.rocketmq.v2.QueryRouteRequest;
import apache.rocketmq.v2.QueryRouteResponse;
import apache.rocketmq.v2.RetryPolicy;
import apache.rocketmq.v2.SendMessageRequest;
import apache.rocketmq.v2.SendMessageResponse;
import apache.rocketmq.v2.SendResultEntry;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.protobuf.Duration;
import io.grpc.stub.StreamObserver;

/** Immutable. Answers what a producer asks and forgets what it sends. */
public final class EchoService extends MessagingServiceGrpc.MessagingServiceImplBase {
  private static final Status OK = Status.newBuilder().setCode(Code.OK).setMessage("OK").build();

  private final Endpoints here;

  public EchoService(String host, int port) {
    this.here =
        Endpoints.newBuilder()
            .setScheme(AddressScheme.IPv4)
            .addAddresses(Address.newBuilder().setHost(host).setPort(port))
            .build();
  }

  @Override
  public void queryRoute(QueryRouteRequest request, StreamObserver<QueryRouteResponse> answer) {
    MessageQueue queue =
        MessageQueue.newBuilder()
            .setTopic(request.getTopic())
            .setPermission(Permission.READ_WRITE)
            .setBroker(Broker.newBuilder().setName("echo").setEndpoints(here))
            .addAcceptMessageTypes(MessageType.NORMAL)
            .build();
    finish(answer, QueryRouteResponse.newBuilder().setStatus(OK).addMessageQueues(queue).build());
  }

  @Override
  public StreamObserver<TelemetryCommand> telemetry(StreamObserver<TelemetryCommand> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(TelemetryCommand command) {
        if (command.hasSettings()) {
          answers.onNext(
              TelemetryCommand.newBuilder()
                  .setStatus(OK)
                  .setSettings(completed(command.getSettings()))
                  .build());
        }
      }

      @Override
      public void onError(Throwable failure) {
        // The client has gone; there is nothing to clean up.
      }

      @Override
      public void onCompleted() {
        answers.onCompleted();
      }
    };
  }

  private static Settings completed(Settings settings) {
    Settings.Builder builder =
        settings.toBuilder()
            .setBackoffPolicy(
                RetryPolicy.newBuilder()
                    .setMaxAttempts(3)
                    .setExponentialBackoff(
                        ExponentialBackoff.newBuilder()
                            .setInitial(Duration.newBuilder().setNanos(10_000_000))
                            .setMax(Duration.newBuilder().setSeconds(1))
                            .setMultiplier(2)));
    builder.getPublishingBuilder().setMaxBodySize(64 << 20).setValidateMessageType(false);
    return builder.build();
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> answer) {
    finish(answer, HeartbeatResponse.newBuilder().setStatus(OK).build());
  }

  @Override
  public void notifyClientTermination(
      NotifyClientTerminationRequest request,
      StreamObserver<NotifyClientTerminationResponse> answer) {
    finish(answer, NotifyClientTerminationResponse.newBuilder().setStatus(OK).build());
  }

  @Override
  public void sendMessage(SendMessageRequest request, StreamObserver<SendMessageResponse> answer) {
    SendMessageResponse.Builder response = SendMessageResponse.newBuilder().setStatus(OK);
    for (Message message : request.getMessagesList()) {
      response.addEntries(
          SendResultEntry.newBuilder()
              .setStatus(OK)
              .setMessageId(message.getSystemProperties().getMessageId()));
    }
    finish(answer, response.build());
  }

  private static <T> void finish(StreamObserver<T> answer, T value) {
    answer.onNext(value);
    answer.onCompleted();
  }
}
