package io.rivulet.cluster.forward;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.rivulet.engine.Engine;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.refusal.Outcome;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a lock. Messages that polls of one stream were answered with last. Whoever
 * asked may have gone meanwhile, and its word of that and the answer pass each other: then nobody
 * has the messages, and they are given back.
 */
final class HandedOut {
  /** Answers that are remembered: a cancellation that is on its way comes before so many more. */
  private static final int MAX_ANSWERS = 256;

  private record Batch(Engine shard, String group, List<String> receiptHandles) {}

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<Long, Batch> batches = new LinkedHashMap<>();

  /**
   * A call is about to be answered with messages, or with anything else.
   *
   * @param target who was asked: only a shard's own messages are given back to it
   */
  void answered(long call, @Nullable Object target, @Nullable PollRequest poll, Object value) {
    if (!(target instanceof Engine shard)
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
      batches.put(call, new Batch(shard, poll.group(), handles));
      if (batches.size() > MAX_ANSWERS) {
        Iterator<Batch> oldest = batches.values().iterator();
        oldest.next();
        oldest.remove();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Nobody waits, or waited, for the answer to this call. */
  void unwanted(long call) {
    Batch batch;
    lock.lock();
    try {
      batch = batches.remove(call);
    } finally {
      lock.unlock();
    }
    if (batch != null) {
      // If this is refused the leases end by themselves. If the shard has moved this throws, and
      // the
      // stream ends with it: then all that was handed out over it is in doubt, and comes again.
      var _ = batch.shard.release(batch.group, batch.receiptHandles);
    }
  }
}
