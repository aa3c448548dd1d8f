package io.rivulet.server.grpc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: an atomic state. A request, and, if it is large, the network's buffers that
 * its bytes still lie in: they stay until whoever has {@linkplain #take taken} the request closes
 * it, or until the call ends if nobody has.
 */
public final class Incoming<T> implements AutoCloseable {
  private enum State {
    ARRIVED,
    TAKEN,
    RELEASED
  }

  private final T message;
  private final @Nullable InputStream buffers;
  private final Runnable released;
  private final AtomicReference<State> state = new AtomicReference<>(State.ARRIVED);

  private Incoming(T message, @Nullable InputStream buffers, Runnable released) {
    this.message = message;
    this.buffers = buffers;
    this.released = released;
  }

  /** One that is complete in itself. */
  public static <T> Incoming<T> copied(T message) {
    return new Incoming<>(message, null, () -> {});
  }

  /** One whose bytes lie in buffers, which are closed in time. */
  static <T> Incoming<T> kept(T message, InputStream buffers, long size, CallTracer tracer) {
    Incoming<T> incoming = new Incoming<>(message, buffers, tracer.hold(size));
    tracer.whenClosed(() -> incoming.release(State.ARRIVED));
    return incoming;
  }

  /** Whether its bytes lie in buffers that are gone once it is closed. */
  public boolean isKept() {
    return buffers != null;
  }

  /**
   * Gives the request to one who closes it when nobody looks at its bytes any more.
   *
   * @return false if the call has ended meanwhile, and its bytes are gone
   */
  public boolean take() {
    return state.compareAndSet(State.ARRIVED, State.TAKEN);
  }

  public T message() {
    return message;
  }

  @Override
  public void close() {
    release(State.TAKEN);
  }

  private void release(State from) {
    if (state.compareAndSet(from, State.RELEASED) && buffers != null) {
      try {
        buffers.close();
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
      released.run();
    }
  }
}
