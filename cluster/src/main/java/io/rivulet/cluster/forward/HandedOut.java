package io.rivulet.cluster.forward;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a lock. Messages that polls of one stream were answered with last. Whoever
 * asked may have gone meanwhile, and its word of that and the answer pass each other: then nobody
 * has the messages, and they are given back.
 */
final class HandedOut {
  /** Answers that are remembered: a cancellation that is on its way comes before so many more. */
  static final int MAX_ANSWERS = 256;

  /**
   * Of so many more it is remembered whose they were: more than are made while a word is on its
   * way.
   */
  static final int MAX_CLIENTS = 16_384;

  /** No word is on its way for so long. */
  static final Duration ON_ITS_WAY = Duration.ofMinutes(2);

  private record Batch(PollRequest poll, List<String> receiptHandles) {}

  private final Returns returns;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Long, Batch> batches = new LinkedHashMap<>();

  /** The clients of older answers, leased for as long as these live. */
  @GuardedBy("lock")
  private final Map<Long, String> clients = new LinkedHashMap<>();

  HandedOut(Returns returns) {
    this.returns = returns;
  }

  /**
   * A call is about to be answered with messages, or with anything else.
   *
   * @param target who was asked: only a shard's own messages are given back to it
   */
  void answered(long call, @Nullable Object target, @Nullable PollRequest poll, Object value) {
    if (!(target instanceof Engine)
        || poll == null
        || !(value instanceof Outcome.Ok<?>(List<?> several))) {
      return;
    }
    List<String> handles =
        several.stream()
            .filter(DeliveredMessage.class::isInstance)
            .map(each -> ((DeliveredMessage) each).receiptHandle())
            .toList();
    if (handles.isEmpty()) {
      return;
    }
    lock.lock();
    try {
      batches.put(call, new Batch(poll, handles));
      if (batches.size() > MAX_ANSWERS) {
        forgetOldest();
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private void forgetOldest() {
    Map.Entry<Long, Batch> oldest = batches.entrySet().iterator().next();
    batches.remove(oldest.getKey());
    PollRequest poll = oldest.getValue().poll;
    if (poll.invisible().isEmpty()) {
      clients.put(oldest.getKey(), poll.clientId());
    }
    if (clients.size() > MAX_CLIENTS) {
      Iterator<String> first = clients.values().iterator();
      first.next();
      first.remove();
    }
  }

  /** Nobody waits, or waited, for the answer to this call. */
  void unwanted(long call) {
    Batch batch;
    String client;
    lock.lock();
    try {
      batch = batches.remove(call);
      client = clients.remove(call);
    } finally {
      lock.unlock();
    }
    if (batch != null) {
      returns.giveBack(
          batch.poll.group(),
          batch.poll.clientId(),
          batch.poll.invisible().isEmpty(),
          batch.receiptHandles);
    } else if (client != null) {
      returns.endRenewal(Set.of(client), ON_ITS_WAY);
    }
  }
}
