package io.rivulet.server.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: immutable. The outermost interceptor: refuses what goes beyond the budget
 * while it is still arriving, and turns a bug in a handler into an answer and a log line.
 */
final class CallGuard implements ServerInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(CallGuard.class);

  private final Map<String, Object> overloadReplies;

  /**
   * Guards calls.
   *
   * @param overloadReplies by full method name, replies that tell the caller in its own protocol to
   *     come again; methods without one end with RESOURCE_EXHAUSTED
   */
  CallGuard(Map<String, Object> overloadReplies) {
    this.overloadReplies = Map.copyOf(overloadReplies);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    Guarded<Q, A> guarded = new Guarded<>(call, listener);
    CallTracer tracer = CallTracer.current();
    if (tracer != null) {
      boolean isStream = !call.getMethodDescriptor().getType().clientSendsOneMessage();
      tracer.guard(isStream, guarded::refuse);
    }
    return guarded;
  }

  /** Owned by the connection's event loop. */
  private final class Guarded<Q, A> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, A> call;
    private boolean isRefused;

    Guarded(ServerCall<Q, A> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    void refuse() {
      isRefused = true;
      Object reply = overloadReplies.get(call.getMethodDescriptor().getFullMethodName());
      if (reply == null) {
        Status status =
            Status.RESOURCE_EXHAUSTED.withDescription(
                "the server holds as many request bytes as grpc.inflight-bytes allows; try again");
        call.close(status, new Metadata());
        return;
      }
      @SuppressWarnings("unchecked") // the map is by method, each with its own kind of reply
      A typed = (A) reply;
      call.sendHeaders(new Metadata());
      call.sendMessage(typed);
      call.close(Status.OK, new Metadata());
    }

    @Override
    public void onMessage(Q message) {
      if (!isRefused) {
        guarded(() -> super.onMessage(message));
      }
    }

    @Override
    public void onHalfClose() {
      if (!isRefused) {
        guarded(super::onHalfClose);
      }
    }

    @Override
    public void onReady() {
      if (!isRefused) {
        guarded(super::onReady);
      }
    }

    @SuppressWarnings("CatchingUnchecked") // the top of the thread, as far as our code goes
    private void guarded(Runnable step) {
      try {
        step.run();
      } catch (RuntimeException e) {
        String method = call.getMethodDescriptor().getFullMethodName();
        LOG.error("{} failed by a fault of the server; the caller is told so", method, e);
        isRefused = true;
        close(Status.INTERNAL.withDescription("a fault of the server; its log says more"));
      }
    }

    private void close(Status status) {
      try {
        call.close(status, new Metadata());
      } catch (IllegalStateException e) {
        LOG.debug("the call had been closed already", e);
      }
    }
  }
}
