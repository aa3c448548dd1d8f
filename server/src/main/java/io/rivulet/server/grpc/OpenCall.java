package io.rivulet.server.grpc;

import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: the context is. A call, to be broken off from outside even when its handler
 * has ended its answer and only the network has not taken it: gRPC offers no other way.
 */
public final class OpenCall {
  private static final Context.Key<OpenCall> KEY = Context.key("rivulet-open-call");

  private final CancellableContext context;

  private OpenCall(CancellableContext context) {
    this.context = context;
  }

  /** The context that the call is to run in. */
  static Context in(Context outer) {
    CancellableContext context = outer.withCancellation();
    return context.withValue(KEY, new OpenCall(context));
  }

  /** The call that is being handled; null outside of one. */
  public static @Nullable OpenCall current() {
    return KEY.get();
  }

  /**
   * Resets the stream and drops what has not been sent; the caller sees DEADLINE_EXCEEDED, the one
   * status that gRPC resets a stream for when its context is cancelled. Nothing happens if the call
   * has ended.
   */
  public void breakOff(String reason) {
    context.cancel(new TimeoutException(reason));
  }
}
