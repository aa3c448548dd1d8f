package io.rivulet.cluster.forward;

import io.grpc.Status;
import io.rivulet.engine.codec.ByteReader;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a future, and whoever takes it out of its stream's table ends it. A call on
 * its way, and what its caller waits for.
 */
final class PendingCall extends CompletableFuture<@Nullable Object> {
  private final Question question;
  private final CallCounters.Call counted;
  private final Runnable whenTaken;
  final Parcel parcel;
  private volatile @Nullable CallStream stream;
  private volatile Deadlines.@Nullable Deadline deadline;
  private volatile Inbox.@Nullable Assembly answer;

  /**
   * @param whenTaken to be run when nothing that is sent now can overtake it; does nothing when it
   *     is run again
   */
  PendingCall(Question question, Parcel parcel, CallCounters.Call counted, Runnable whenTaken) {
    this.question = question;
    this.whenTaken = whenTaken;
    this.parcel = parcel;
    this.counted = counted;
  }

  long number() {
    return parcel.number;
  }

  Duration patience() {
    return question.patience();
  }

  /** Before it is in the stream's table. */
  void goesBy(CallStream way) {
    stream = way;
  }

  /** Its time is measured; told once. */
  void endsBy(Deadlines.Deadline end) {
    deadline = end;
    if (isDone()) {
      end.forget();
    }
  }

  /** Its answer is large, and comes in pieces; told once, while it is in its stream's table. */
  void comesAs(Inbox.Assembly large) {
    answer = large;
  }

  /** What must not overtake it may follow now. */
  void taken() {
    whenTaken.run();
  }

  /** Nobody waits for it any more: who serves it hears of that. */
  @Override
  public boolean cancel(boolean mayInterrupt) {
    boolean isCancelled = super.cancel(mayInterrupt);
    CallStream way = stream;
    if (isCancelled && way != null) {
      way.cancelled(this);
    }
    return isCancelled;
  }

  // ---- for who took it out of the table

  void answered(ByteReader in) {
    @Nullable Object value;
    try {
      value = question.call().readResult(in);
    } catch (IOException | RuntimeException e) {
      over(CallCounters.End.ANSWERED);
      completeExceptionally(e);
      return;
    }
    over(CallCounters.End.ANSWERED);
    complete(value);
  }

  void failed(Status status) {
    boolean wasNeverSent =
        status.getCode() == Status.Code.FAILED_PRECONDITION
            || (status.getCode() == Status.Code.UNAVAILABLE
                && status.getCause() instanceof ConnectException);
    over(
        wasNeverSent
            ? CallCounters.End.MOVED
            : isCancelled() ? CallCounters.End.CANCELLED : CallCounters.End.FAILED);
    if (wasNeverSent) {
      completeExceptionally(
          new NotOwnerException(question.node() + ": " + status.getDescription()));
      return;
    }
    Object refused = question.refused(question.unanswered(status.getCode()));
    if (refused == null) {
      completeExceptionally(status.asRuntimeException());
    } else {
      complete(refused);
    }
  }

  private void over(CallCounters.End how) {
    counted.ended(how);
    Deadlines.Deadline end = deadline;
    if (end != null) {
      end.forget();
    }
    Inbox.Assembly large = answer;
    if (large != null) {
      large.close();
    }
    // Should it be answered before all of it was there.
    parcel.drop();
    taken();
  }
}
