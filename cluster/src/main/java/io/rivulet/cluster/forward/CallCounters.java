package io.rivulet.cluster.forward;

import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Safe for all threads: adders. Calls between nodes, at one of the two ends. Those that may wait
 * for messages are counted apart, for how long they take says nothing.
 */
public final class CallCounters {
  private final Clock clock;
  private final LongAdder open = new LongAdder();
  private final LongAdder prompt = new LongAdder();
  private final LongAdder promptNanos = new LongAdder();
  private final LongAdder waiting = new LongAdder();
  private final LongAdder moved = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder frames = new LongAdder();
  private final LongAdder frameBytes = new LongAdder();

  public CallCounters(Clock clock) {
    this.clock = clock;
  }

  /**
   * Immutable. What was counted so far.
   *
   * @param open calls that are under way
   * @param prompt calls that ended and did not wait for messages
   * @param promptMillis how long these took, added up
   * @param waiting calls that ended and might wait for messages
   * @param moved of all that ended, those to which the other node said that it does not serve the
   *     shard
   * @param failed of all that ended, those whose outcome was not known
   * @param frames in which calls, or answers, were sent from here, many in each if there are many
   * @param frameBytes of these
   * @param heldBytes that calls and answers take of the room for what is sent and received
   */
  public record Counted(
      long open,
      long prompt,
      long promptMillis,
      long waiting,
      long moved,
      long failed,
      long frames,
      long frameBytes,
      long heldBytes) {}

  /** As they are now. */
  Counted counted(long heldBytes) {
    return new Counted(
        Math.max(0, open.sum()),
        prompt.sum(),
        promptNanos.sum() / 1_000_000,
        waiting.sum(),
        moved.sum(),
        failed.sum(),
        frames.sum(),
        frameBytes.sum(),
        heldBytes);
  }

  /** A frame was sent from here. */
  void sent(int bytes) {
    frames.increment();
    frameBytes.add(bytes);
  }

  /** How a call ended. */
  enum End {
    ANSWERED,
    MOVED,
    FAILED,
    /** Nobody waited for it any more. */
    CANCELLED
  }

  /**
   * A call has begun.
   *
   * @param wait how long it may wait for messages
   */
  Call begin(Duration wait) {
    open.increment();
    return new Call(wait.isZero(), clock.nanos());
  }

  /** Owned by its call. */
  final class Call {
    private final boolean isPrompt;
    private final long startNanos;

    private Call(boolean isPrompt, long startNanos) {
      this.isPrompt = isPrompt;
      this.startNanos = startNanos;
    }

    /** It has ended; told once. */
    void ended(End how) {
      open.decrement();
      if (isPrompt) {
        prompt.increment();
        promptNanos.add(clock.nanos() - startNanos);
      } else {
        waiting.increment();
      }
      switch (how) {
        case MOVED -> moved.increment();
        case FAILED -> failed.increment();
        case ANSWERED, CANCELLED -> {}
      }
    }
  }
}
