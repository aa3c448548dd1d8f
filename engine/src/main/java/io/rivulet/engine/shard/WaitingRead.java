package io.rivulet.engine.shard;

import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.refusal.Outcome;
import java.util.concurrent.CompletableFuture;

/** Owned by the shard thread; the future is safe for all. A reader at the end of a queue. */
final class WaitingRead extends Timed {
  final ReadRequest request;
  final CompletableFuture<Outcome<ReadReply>> reply;

  /** Where it goes on once the queue is there. */
  long offset;

  boolean isDone;

  WaitingRead(ReadRequest request, CompletableFuture<Outcome<ReadReply>> reply, long offset) {
    this.request = request;
    this.reply = reply;
    this.offset = offset;
  }
}
