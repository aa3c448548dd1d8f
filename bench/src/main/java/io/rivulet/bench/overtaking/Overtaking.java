package io.rivulet.bench.overtaking;

import io.rivulet.bench.load.LoadResult;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Owned by the thread that runs it: producer and consumer take turns, so that what the consumer
 * holds when an urgent message is answered is known exactly. A backlog of patient messages; then
 * again and again one that is urgent, and how many others the consumer is given before it.
 */
public final class Overtaking {
  private static final long PATIENT = 0;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final UrgentQueue queue;
  private final byte[] pattern;
  private final long backlog;
  private long waiting;
  private long urgent;

  /**
   * Nothing is sent yet.
   *
   * @param pattern the body of all messages but for the first eight bytes
   * @param backlog how many patient messages wait when the first urgent one comes
   */
  public Overtaking(UrgentQueue queue, byte[] pattern, long backlog) {
    this.queue = queue;
    this.pattern = pattern;
    this.backlog = backlog;
  }

  /** One of each kind, taken at once: the server knows the group before the backlog comes. */
  public void introduce() {
    queue.sendPatient(body(PATIENT));
    queue.sendUrgent(body(PATIENT));
    for (int taken = 0; taken < 2; taken++) {
      queue.next(PATIENCE).acknowledgement().run();
    }
  }

  /** The backlog comes, and all of it is answered; fails if it isn't. */
  public LoadResult fill() {
    LoadResult filled = queue.fill(body(PATIENT), backlog);
    if (filled.failures() > 0) {
      throw new IllegalStateException(
          filled.failures() + " requests were not answered well: " + filled.firstFailure());
    }
    waiting = filled.requests();
    return filled;
  }

  /** Rounds of {@link #rested} that are not measured, without pauses, for that long. */
  public void warmUp(Duration time) {
    Figures unused = new Figures();
    long begin = System.nanoTime();
    while (isBacklogThere() && System.nanoTime() - begin < time.toNanos()) {
      urgentOne(unused, 0, System.nanoTime());
    }
  }

  /**
   * A consumer that holds nothing asks for messages, one by one, once an urgent one is stored;
   * after each urgent one there is a pause.
   */
  public Figures rested(int rounds, Duration pause) {
    Figures figures = new Figures();
    while (figures.rounds() < rounds && isBacklogThere()) {
      awaitTurn(System.nanoTime(), pause.toNanos());
      urgentOne(figures, 0, System.nanoTime());
    }
    return figures;
  }

  /**
   * A consumer works through the backlog, so many messages per second (0: as fast as it can), and
   * holds some in advance; at random moments an urgent message is stored.
   */
  public Figures busy(int rounds, int hold, double perSecond) {
    Figures figures = new Figures();
    SplittableRandom random = new SplittableRandom(1);
    long paceNanos = perSecond == 0 ? 0 : Math.round(1e9 / perSecond);
    queue.hold(hold);
    while (figures.rounds() < rounds && isBacklogThere()) {
      int apart = random.nextInt(hold, 3 * hold);
      long due = System.nanoTime();
      for (int number = 0; number < apart; number++) {
        due = awaitTurn(due, paceNanos);
        take();
      }
      urgentOne(figures, paceNanos, due);
    }
    return figures;
  }

  /** Whether at least half of it still waits; with less it is another experiment. */
  public boolean isBacklogThere() {
    return waiting > backlog / 2;
  }

  private void urgentOne(Figures figures, long paceNanos, long lastDue) {
    urgent++;
    long begin = System.nanoTime();
    queue.sendUrgent(body(urgent));
    long answered = System.nanoTime();
    int held = queue.held();
    long before = 0;
    long due = awaitTurn(lastDue, paceNanos);
    while (take() != urgent) {
      before++;
      due = awaitTurn(due, paceNanos);
    }
    figures.add(before, held, answered - begin, System.nanoTime() - begin);
  }

  /** Waits until the consumer is done with its message before; says when it is due. */
  private static long awaitTurn(long lastDue, long paceNanos) {
    long due = lastDue + paceNanos;
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }
    return due;
  }

  /** Begins with the next message and is done with it; answers which one it is. */
  private long take() {
    Delivery delivery = queue.next(PATIENCE);
    long number = delivery.body().getLong(0);
    delivery.acknowledgement().run();
    if (number == PATIENT) {
      waiting--;
    }
    return number;
  }

  private byte[] body(long number) {
    byte[] body = pattern.clone();
    ByteBuffer.wrap(body).putLong(number);
    return body;
  }
}
