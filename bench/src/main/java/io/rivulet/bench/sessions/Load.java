package io.rivulet.bench.sessions;

import io.rivulet.bench.readers.Stamp;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Owned by the thread that runs it. Sends to each session at the same rate: a period has one
 * message for each, at a random time in it. A message counts from when it was due, so that neither
 * a server nor this program that is late goes unnoticed; what is due within a millisecond leaves
 * together.
 */
public final class Load {
  private static final long TICK_NANOS = 1_000_000;
  private static final int SESSION_BITS = 20;
  private static final int SESSION_MASK = (1 << SESSION_BITS) - 1;

  /** Beyond that the writer waits, and lateness shows in the figures. */
  private static final long MAX_UNANSWERED = 100_000;

  private final SessionWriter writer;
  private final long periodNanos;
  private final int sizeBytes;
  private final int[] written;

  /** When each session's message of the round is due, and behind that the session. */
  private final long[] order;

  private final SplittableRandom random = new SplittableRandom(1);
  private final AtomicBoolean isOver = new AtomicBoolean();

  /**
   * Makes it.
   *
   * @param sessions at most a million
   * @param perSecond messages of each session
   */
  public Load(SessionWriter writer, int sessions, double perSecond, int sizeBytes) {
    if (sessions > SESSION_MASK) {
      throw new IllegalArgumentException("at most " + SESSION_MASK + " sessions can be written to");
    }
    this.writer = writer;
    this.periodNanos = Math.round(1e9 / perSecond);
    this.sizeBytes = sizeBytes;
    this.written = new int[sessions];
    this.order = new long[sessions];
  }

  /** How many messages each session was sent; of the running thread, or after its end. */
  public int[] written() {
    return written;
  }

  public long writtenToAll() {
    return Arrays.stream(written).asLongStream().sum();
  }

  /** One message to each session, as quickly as they are taken, and waits for the answers. */
  public void oneToEach(Duration patience) {
    long due = System.nanoTime();
    for (int session = 0; session < written.length; session++) {
      write(session, due);
      if (session % 64 == 63) {
        writer.flush();
        awaitRoom();
      }
    }
    finish(patience);
  }

  /** Waits for all answers; fails if one is a refusal. */
  public void finish(Duration patience) {
    writer.flush();
    long deadline = System.nanoTime() + patience.toNanos();
    while (writer.unanswered() > 0 && System.nanoTime() < deadline) {
      checkRefusal();
      LockSupport.parkNanos(TICK_NANOS);
    }
    checkRefusal();
    if (writer.unanswered() > 0) {
      throw new IllegalStateException(
          "the server has not answered %d messages after %d s"
              .formatted(writer.unanswered(), patience.toSeconds()));
    }
  }

  /** Sends for so long. */
  public void run(Duration time) {
    run(System.nanoTime() + time.toNanos());
  }

  /** Sends until another thread says {@link #stop}. */
  public void runUntilStopped() {
    run(System.nanoTime() + Duration.ofDays(1).toNanos());
  }

  /** From any thread. */
  public void stop() {
    isOver.set(true);
  }

  /** Sends one message to each session, in the time that the rate gives them. */
  public void oneRound() {
    long begin = System.nanoTime();
    round(begin, begin + 2 * periodNanos);
    writer.flush();
  }

  private void run(long endNanos) {
    for (long begin = System.nanoTime();
        begin - endNanos < 0 && !isOver.get();
        begin += periodNanos) {
      round(begin, endNanos);
    }
    writer.flush();
  }

  /** One message to each session, those that are due before the end. */
  private void round(long begin, long endNanos) {
    for (int session = 0; session < order.length; session++) {
      order[session] = random.nextLong(periodNanos) << SESSION_BITS | session;
    }
    Arrays.sort(order);
    for (int i = 0; i < order.length && !isOver.get(); ) {
      i = sendDue(i, begin, endNanos);
    }
  }

  /** Waits for the next that is due and sends all that are due by then; returns the next. */
  private int sendDue(int from, long begin, long endNanos) {
    long due = begin + (order[from] >> SESSION_BITS);
    long wait = due - System.nanoTime();
    if (wait > 0) {
      LockSupport.parkNanos(Math.max(wait, TICK_NANOS));
    }
    int i = from;
    long now = System.nanoTime();
    for (; i < order.length && due - now <= 0; i++) {
      if (due - endNanos >= 0) {
        return order.length;
      }
      write((int) (order[i] & SESSION_MASK), due);
      due = i + 1 < order.length ? begin + (order[i + 1] >> SESSION_BITS) : due;
    }
    writer.flush();
    awaitRoom();
    return i;
  }

  private void write(int session, long due) {
    writer.write(session, Stamp.body(sizeBytes, due, written[session]++));
  }

  private void awaitRoom() {
    checkRefusal();
    while (writer.unanswered() > MAX_UNANSWERED && !isOver.get()) {
      checkRefusal();
      LockSupport.parkNanos(TICK_NANOS);
    }
  }

  private void checkRefusal() {
    if (!writer.refusal().isEmpty()) {
      throw new IllegalStateException("a message was refused: " + writer.refusal());
    }
  }
}
