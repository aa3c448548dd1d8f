package io.rivulet.server.rocketmq.connection;

import apache.rocketmq.v2.NotifyUnsubscribeLiteCommand;
import apache.rocketmq.v2.TelemetryCommand;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/**
 * Safe for all threads: writes go one at a time under a lock, and none after the end. The way from
 * the server to one client.
 */
public final class TelemetryStream {
  private final Object lock = new Object();

  @GuardedBy("lock")
  private final StreamObserver<TelemetryCommand> toClient;

  @GuardedBy("lock")
  private boolean isOpen = true;

  public TelemetryStream(StreamObserver<TelemetryCommand> toClient) {
    this.toClient = toClient;
  }

  /** Sends a command unless the stream has ended. */
  public void send(TelemetryCommand command) {
    synchronized (lock) {
      if (isOpen) {
        toClient.onNext(command);
      }
    }
  }

  /** Tells the client that it no longer follows a lite topic. */
  public void sendUnsubscribed(String liteTopic) {
    send(
        TelemetryCommand.newBuilder()
            .setNotifyUnsubscribeLiteCommand(
                NotifyUnsubscribeLiteCommand.newBuilder().setLiteTopic(liteTopic))
            .build());
  }

  /** Ends the stream in good order. */
  public void close() {
    synchronized (lock) {
      if (isOpen) {
        isOpen = false;
        toClient.onCompleted();
      }
    }
  }

  /** Ends the stream with an error that the client shows to its user. */
  public void fail(Status status) {
    synchronized (lock) {
      if (isOpen) {
        isOpen = false;
        toClient.onError(status.asRuntimeException());
      }
    }
  }

  /** The other side has gone: nothing can be written any more. */
  public void markGone() {
    synchronized (lock) {
      isOpen = false;
    }
  }
}
