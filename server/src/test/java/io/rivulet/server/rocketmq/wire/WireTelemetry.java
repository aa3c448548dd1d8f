package io.rivulet.server.rocketmq.wire;

import apache.rocketmq.v2.MessagingServiceGrpc;
import apache.rocketmq.v2.Settings;
import apache.rocketmq.v2.TelemetryCommand;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Safe for all threads: a blocking queue between the stream and the test. */
final class WireTelemetry implements StreamObserver<TelemetryCommand> {
  /** What came: a command, or the end of the stream. */
  record Event(Optional<TelemetryCommand> command, Status end) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final StreamObserver<TelemetryCommand> toServer;

  WireTelemetry(MessagingServiceGrpc.MessagingServiceStub stub) {
    toServer = stub.telemetry(this);
  }

  void send(Settings settings) {
    toServer.onNext(TelemetryCommand.newBuilder().setSettings(settings).build());
  }

  /** Sends settings and waits for those that come back. */
  Settings introduce(Settings settings) {
    send(settings);
    return command().getSettings();
  }

  TelemetryCommand command() {
    Event event = event();
    return event.command.orElseThrow(() -> new AssertionError("the stream ended: " + event.end));
  }

  /** How the stream ends. */
  Status end() {
    Event event = event();
    if (event.command.isPresent()) {
      throw new AssertionError("a command came: " + event.command.get());
    }
    return event.end;
  }

  void close() {
    toServer.onCompleted();
  }

  private Event event() {
    try {
      Event event = events.poll(10, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("nothing came for 10 s");
      }
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void onNext(TelemetryCommand command) {
    events.add(new Event(Optional.of(command), Status.OK));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event(Optional.empty(), Status.fromThrowable(failure)));
  }

  @Override
  public void onCompleted() {
    events.add(new Event(Optional.empty(), Status.OK));
  }
}
