package io.rivulet.cluster.forward;

import io.rivulet.engine.delivery.PollRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: what it has is told once each, and given back once. A call of another node,
 * until its answer has gone or nobody waits for it any more. Whoever tells it of something must
 * then look whether it is over meanwhile, and close it again if so.
 */
final class RunningCall {
  final long number;
  final int shard;
  final int method;
  final Duration patience;
  private volatile Deadlines.@Nullable Deadline deadline;
  private volatile Inbox.@Nullable Assembly arguments;
  private volatile @Nullable CompletableFuture<?> reply;
  private volatile @Nullable Room room;
  private volatile @Nullable Parcel answer;
  private volatile @Nullable PollRequest poll;

  RunningCall(long number, int shard, int method, Duration patience) {
    this.number = number;
    this.shard = shard;
    this.method = method;
    this.patience = patience;
  }

  /** Its time is measured. */
  void endsBy(Deadlines.Deadline end) {
    deadline = end;
  }

  /** It is large, and comes in pieces. */
  void comesAs(Inbox.Assembly large) {
    arguments = large;
  }

  /** It was made. */
  void made(CompletableFuture<?> future) {
    reply = future;
  }

  /** Messages are asked for by it; null: something else. */
  void asksFor(@Nullable PollRequest request) {
    poll = request;
  }

  @Nullable PollRequest poll() {
    return poll;
  }

  /** Its answer has room, or will have. */
  void answerHas(Room taken) {
    room = taken;
  }

  void answeredBy(Parcel parcel) {
    answer = parcel;
  }

  @Nullable Parcel answer() {
    return answer;
  }

  /** Gives back what it has. Who is about to answer hears that nobody waits for it. */
  void close() {
    Deadlines.Deadline end = deadline;
    if (end != null) {
      end.forget();
    }
    CompletableFuture<?> future = reply;
    if (future != null && !future.isDone()) {
      future.cancel(false);
    }
    Inbox.Assembly large = arguments;
    if (large != null) {
      large.close();
    }
    Parcel parcel = answer;
    if (parcel != null) {
      parcel.drop();
    }
    Room taken = room;
    if (taken != null) {
      taken.close();
    }
  }
}
