package io.rivulet.client;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.Channel;
import io.grpc.Deadline;
import io.rivulet.api.v1.AppendRequest;
import io.rivulet.api.v1.AppendResponse;
import io.rivulet.api.v1.AppendResult;
import io.rivulet.api.v1.Message;
import io.rivulet.api.v1.MessageServiceGrpc;
import io.rivulet.api.v1.MessageServiceGrpc.MessageServiceFutureStub;
import io.rivulet.api.v1.RefusalCode;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Safe for all threads: a lock around what waits.
 *
 * <p>Sends many messages of one topic in one request: the server decodes, stores and answers them
 * as one. A request leaves when it is full, when its first message has waited for the linger time,
 * or, without a linger time, as soon as there is a message.
 *
 * <p>Messages of one lite topic or message group are stored in the order of their sends, each
 * exactly once: their requests follow each other, a request is tried again with the same message
 * ids, and the server recognises those. Memory is bounded: {@link #send} waits when as many bytes
 * are pending as the settings allow.
 *
 * <pre>{@code
 * try (BatchingProducer producer = client.producer("chat", ProducerSettings.usual())) {
 *   for (String word : words) {
 *     producer.send(OutgoingMessage.of(word).liteTopic("42"));
 *   }
 *   producer.flush();
 * }
 * }</pre>
 */
public final class BatchingProducer implements AutoCloseable {
  // gRPC has waited between its own tries already; this only keeps a failing one from spinning.
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(250);

  private final MessageServiceFutureStub service;
  private final ClientConfig config;
  private final ScheduledExecutorService timer;
  private final MessageIds ids;
  private final String topic;
  private final ProducerSettings settings;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  @GuardedBy("lock")
  private final BatchAssembly assembly = new BatchAssembly();

  @GuardedBy("lock")
  private long pendingBytes;

  /** Sends whose outcome is not told yet. */
  @GuardedBy("lock")
  private long untold;

  @GuardedBy("lock")
  private int requests;

  /** What is ready need not linger any longer. */
  @GuardedBy("lock")
  private boolean isDue;

  @GuardedBy("lock")
  private boolean isTimerSet;

  @GuardedBy("lock")
  private boolean isClosed;

  BatchingProducer(
      Channel channel,
      ClientConfig config,
      ScheduledExecutorService timer,
      MessageIds ids,
      String topic,
      ProducerSettings settings) {
    this.service = MessageServiceGrpc.newFutureStub(channel).withWaitForReady();
    this.config = config;
    this.timer = timer;
    this.ids = ids;
    this.topic = topic;
    this.settings = settings;
  }

  /**
   * Sends a message. Waits, at most for the delivery time, while too many bytes are pending.
   *
   * @return completes when the message is durable, or with a {@link RivuletException}. Completed on
   *     a thread of the connection: its dependents must not wait
   */
  public CompletableFuture<Receipt> send(OutgoingMessage outgoing) {
    Message message = outgoing.toWire();
    if (message.getMessageId().isEmpty()) {
      message = message.toBuilder().setMessageId(ids.next()).build();
    }
    PendingMessage pending =
        new PendingMessage(
            message,
            Deadline.after(settings.deliveryTime().toMillis(), TimeUnit.MILLISECONDS),
            new CompletableFuture<>());
    lock.lock();
    try {
      if (!awaitRoom(pending)) {
        return CompletableFuture.failedFuture(unavailable(topic + " takes no more messages now"));
      }
      if (isClosed) {
        throw new IllegalStateException("the producer of " + topic + " is closed");
      }
      assembly.add(pending);
      pendingBytes += pending.sizeBytes();
      untold++;
      isDue |= settings.linger().isZero();
      dispatch();
    } finally {
      lock.unlock();
    }
    return pending.receipt();
  }

  /** Sends what is waiting, without linger, and waits until every send so far has its outcome. */
  public void flush() {
    boolean _ = flush(settings.deliveryTime());
  }

  /** Flushes and ends; what is not sent by the delivery time fails. */
  @Override
  public void close() {
    close(settings.deliveryTime());
  }

  void close(Duration within) {
    lock.lock();
    try {
      isClosed = true;
      boolean _ = flush(within);
    } finally {
      lock.unlock();
    }
  }

  private boolean flush(Duration within) {
    long leftNanos = within.toNanos();
    lock.lock();
    try {
      isDue = true;
      dispatch();
      while (untold > 0 && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
        isDue = true;
        dispatch();
      }
      return untold == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private boolean awaitRoom(PendingMessage pending) {
    long leftNanos = settings.deliveryTime().toNanos();
    try {
      // A message larger than the bound goes alone.
      while (pendingBytes > 0
          && pendingBytes + pending.sizeBytes() > settings.maxPendingBytes()
          && leftNanos > 0) {
        isDue = true;
        dispatch();
        leftNanos = changed.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return leftNanos > 0;
  }

  /** Lets the requests leave whose time it is. */
  @GuardedBy("lock")
  private void dispatch() {
    while (requests < settings.maxRequests()
        && assembly.readyMessages() > 0
        && (isDue || isFull())) {
      List<PendingMessage> batch =
          assembly.take(settings.maxBatchMessages(), settings.maxBatchBytes());
      requests++;
      request(batch);
    }
    if (assembly.messages() == 0) {
      isDue = settings.linger().isZero();
    } else if (!isDue && !isTimerSet) {
      isTimerSet = true;
      var _ =
          timer.schedule(this::lingerIsOver, settings.linger().toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  @GuardedBy("lock")
  private boolean isFull() {
    return assembly.readyMessages() >= settings.maxBatchMessages()
        || assembly.readyBytes() >= settings.maxBatchBytes();
  }

  private void lingerIsOver() {
    lock.lock();
    try {
      isTimerSet = false;
      isDue = true;
      dispatch();
    } finally {
      lock.unlock();
    }
  }

  private void request(List<PendingMessage> batch) {
    AppendRequest.Builder request = AppendRequest.newBuilder().setTopic(topic);
    batch.forEach(pending -> request.addMessages(pending.message()));
    Deadline deadline =
        Deadline.after(config.requestTime().toMillis(), TimeUnit.MILLISECONDS)
            .minimum(batch.getFirst().deadline());
    Futures.addCallback(
        service.withDeadline(deadline).append(request.build()),
        new FutureCallback<>() {
          @Override
          public void onSuccess(AppendResponse response) {
            settle(batch, response);
          }

          @Override
          public void onFailure(Throwable failure) {
            failed(batch, RivuletException.of(failure, config.endpoint()));
          }
        },
        MoreExecutors.directExecutor());
  }

  private void settle(List<PendingMessage> batch, AppendResponse response) {
    if (response.getResultsCount() != batch.size()) {
      fail(
          batch,
          new RivuletException(
              RefusalCode.REFUSAL_CODE_UNSPECIFIED,
              "the server answered %d messages with %d results"
                  .formatted(batch.size(), response.getResultsCount()),
              null));
      return;
    }
    // Room first: whoever hears of a receipt may send again at once.
    release(batch);
    for (int index = 0; index < batch.size(); index++) {
      complete(batch.get(index), response.getResults(index));
    }
    told(batch.size());
  }

  private void failed(List<PendingMessage> batch, RivuletException failure) {
    boolean isOver = batch.getFirst().deadline().isExpired() || !failure.isTransient();
    if (isOver) {
      fail(batch, failure);
      return;
    }
    try {
      var _ =
          timer.schedule(
              () -> request(batch), PAUSE_AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      fail(batch, failure);
    }
  }

  private void fail(List<PendingMessage> batch, RivuletException failure) {
    release(batch);
    batch.forEach(pending -> pending.receipt().completeExceptionally(failure));
    told(batch.size());
  }

  private void told(int count) {
    lock.lock();
    try {
      untold -= count;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void release(List<PendingMessage> batch) {
    Set<String> lanes = new LinkedHashSet<>();
    long bytes = 0;
    for (PendingMessage pending : batch) {
      lanes.add(pending.lane());
      bytes += pending.sizeBytes();
    }
    lock.lock();
    try {
      requests--;
      pendingBytes -= bytes;
      lanes.forEach(assembly::release);
      dispatch();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static void complete(PendingMessage pending, AppendResult result) {
    if (result.hasRefusal()) {
      pending.receipt().completeExceptionally(RivuletException.of(result.getRefusal()));
      return;
    }
    pending
        .receipt()
        .complete(
            new Receipt(
                result.getReceipt().getMessageId(),
                result.getReceipt().getIncarnation(),
                result.getReceipt().getOffset(),
                result.getReceipt().getDuplicate(),
                result.getReceipt().getHandle()));
  }

  private static RivuletException unavailable(String message) {
    return new RivuletException(
        RefusalCode.REFUSAL_CODE_TOO_MANY_REQUESTS,
        message + ": too many bytes are pending, or the thread was interrupted",
        null);
  }
}
