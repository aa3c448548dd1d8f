package io.rivulet.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the connection's event loop, but for the count, which is atomic. Follows the bytes of
 * one call's requests through the budget.
 */
final class CallTracer extends ServerStreamTracer {
  private static final Context.Key<CallTracer> KEY = Context.key("rivulet-call-tracer");

  /** Makes one for each call. */
  static final class Factory extends ServerStreamTracer.Factory {
    private final RequestBudget budget;
    private final CallCounts counts;

    Factory(RequestBudget budget, CallCounts counts) {
      this.budget = budget;
      this.counts = counts;
    }

    @Override
    public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
      counts.begin();
      return new CallTracer(budget, counts);
    }
  }

  private final RequestBudget budget;
  private final CallCounts counts;
  private final AtomicLong heldBytes = new AtomicLong();
  private boolean isStream;
  private @Nullable Runnable refusal;

  private CallTracer(RequestBudget budget, CallCounts counts) {
    this.budget = budget;
    this.counts = counts;
  }

  /** The tracer of the call that is being handled. */
  static @Nullable CallTracer current() {
    return KEY.get();
  }

  /**
   * Says what to do if this call goes beyond the budget.
   *
   * @param isStream whether the caller may send several requests; each is then done with when it
   *     has been handed over
   */
  void guard(boolean isStream, Runnable refusal) {
    this.isStream = isStream;
    this.refusal = refusal;
  }

  @Override
  public Context filterContext(Context context) {
    return context.withValue(KEY, this);
  }

  @Override
  public void inboundWireSize(long bytes) {
    heldBytes.addAndGet(bytes);
    Runnable refuse = refusal;
    if (!budget.take(bytes) && refuse != null) {
      refusal = null;
      budget.countRefusal();
      refuse.run();
    }
  }

  @Override
  public void inboundMessageRead(int number, long wireBytes, long uncompressedBytes) {
    if (isStream) {
      budget.giveBack(heldBytes.getAndSet(0));
    } else {
      refusal = null; // handed over: from here on the handler answers
    }
  }

  @Override
  public void streamClosed(Status status) {
    budget.giveBack(heldBytes.getAndSet(0));
    counts.end(status.getCode());
  }
}
