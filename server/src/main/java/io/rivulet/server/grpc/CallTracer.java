package io.rivulet.server.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.rivulet.server.network.RequestBudget;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the connection's event loop, but for the count, which is atomic, and what runs at the
 * end. Follows the bytes of one call's requests through the budget.
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

  private final Queue<Runnable> whenClosed = new ConcurrentLinkedQueue<>();
  private volatile boolean isClosed;
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
    return OpenCall.in(context).withValue(KEY, this);
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
    isClosed = true;
    runWhenClosed();
    budget.giveBack(heldBytes.getAndSet(0));
    counts.end(status.getCode());
  }

  /** Runs an action once the call has ended, whichever way; at once if it has. */
  void whenClosed(Runnable action) {
    whenClosed.add(action);
    if (isClosed) {
      runWhenClosed();
    }
  }

  private void runWhenClosed() {
    for (Runnable action = whenClosed.poll(); action != null; action = whenClosed.poll()) {
      action.run();
    }
  }

  /**
   * Parts bytes of a request that has arrived from the call: they stay in the budget until the
   * answer is run, even if the call ends before.
   */
  Runnable hold(long bytes) {
    if (isStream) {
      budget.take(bytes); // given back when the request was handed over
    } else {
      heldBytes.addAndGet(-bytes);
    }
    return () -> budget.giveBack(bytes);
  }
}
