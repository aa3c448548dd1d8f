package io.rivulet.server.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.engine.delivery.LastAnswers.Doubt;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Safe for all threads: a lock. Gathers for a moment what ended connections leave in doubt: many
 * end at the same time, and all shards are to be asked for each that is told of. How many are is
 * bounded by the few ages that doubts have ({@link io.rivulet.engine.delivery.LastAnswers}), not by
 * the number of connections.
 *
 * <p>Should the process die within the moment, the shards and nodes that it had to do with have
 * doubts of their own about what it was answered last.
 */
final class Doubts {
  /** For so long. */
  static final Duration MOMENT = Duration.ofMillis(100);

  private final Consumer<Doubt> lost;
  private final Consumer<Runnable> inAMoment;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Duration, Set<String>> clientsByAge = new TreeMap<>();

  /**
   * @param lost is told
   * @param inAMoment runs a task after {@link #MOMENT}
   */
  Doubts(Consumer<Doubt> lost, Consumer<Runnable> inAMoment) {
    this.lost = lost;
    this.inAMoment = inAMoment;
  }

  /** A connection has ended. */
  void add(List<Doubt> doubts) {
    if (doubts.isEmpty()) {
      return;
    }
    boolean isFirst;
    lock.lock();
    try {
      isFirst = clientsByAge.isEmpty();
      for (Doubt each : doubts) {
        clientsByAge.computeIfAbsent(each.within(), _ -> new HashSet<>()).addAll(each.clients());
      }
    } finally {
      lock.unlock();
    }
    if (isFirst) {
      inAMoment.accept(this::tell);
    }
  }

  /** Tells of what was gathered: also before the moment is over, at the end. */
  void tell() {
    Map<Duration, Set<String>> gathered;
    lock.lock();
    try {
      gathered = new TreeMap<>(clientsByAge);
      clientsByAge.clear();
    } finally {
      lock.unlock();
    }
    // It has become older by the moment.
    gathered.forEach((within, clients) -> lost.accept(new Doubt(clients, within.plus(MOMENT))));
  }
}
