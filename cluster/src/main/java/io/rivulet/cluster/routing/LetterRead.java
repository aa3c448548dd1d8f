package io.rivulet.cluster.routing;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Immutable. A read of a dead-letter topic, which has a part in every shard: one part after the
 * other, beginning with that of the first shard, or with the one that the reader was told when it
 * read last. Who has come to the end waits in the last part; what comes later in parts before it is
 * found by a read from the beginning.
 */
record LetterRead(Ways ways, ReadRequest request) {

  CompletableFuture<Outcome<ReadReply>> begin() {
    int shards = ways.placement().shards();
    int last = shards - 1;
    int first =
        request
            .incarnation()
            .map(queue -> (int) Math.floorMod(queue, (long) shards))
            .orElseGet(() -> request.from() instanceof OffsetOption.Max ? last : 0);
    return read(first, request.from(), request.incarnation(), Optional.empty());
  }

  /**
   * Reads a part, and the next ones if it has nothing.
   *
   * @param before the end of the last part before it that is there
   */
  private CompletableFuture<Outcome<ReadReply>> read(
      int shard, OffsetOption from, Optional<Long> incarnation, Optional<ReadReply> before) {
    boolean isLast = shard == ways.placement().shards() - 1;
    ReadRequest part =
        new ReadRequest(
            request.topic(),
            request.liteTopic(),
            from,
            incarnation,
            request.maxMessages(),
            request.maxBytes(),
            isLast ? request.maxWait() : Duration.ZERO,
            request.leavesLargeBodies());
    return ways.asking()
        .<ReadReply>one(shard, engine -> engine.read(part))
        .thenCompose(outcome -> {
          if (!(outcome instanceof Outcome.Ok<ReadReply>(ReadReply reply))
              || !reply.messages().isEmpty()
              || reply.nextOffset() < reply.endOffset()) {
            return CompletableFuture.completedFuture(outcome);
          }
          // A part that is not there yet is no place to go on from.
          Optional<ReadReply> end = reply.queueId() == 0 ? before : Optional.of(reply);
          // What was read of one part is no place in the next one.
          OffsetOption next = from instanceof OffsetOption.At ? new OffsetOption.Min() : from;
          return isLast
              ? CompletableFuture.completedFuture(Outcome.ok(end.orElse(reply)))
              : read(shard + 1, next, Optional.empty(), end);
        });
  }
}
