package io.rivulet.engine.shard;

import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Makes changes: puts the record into the batch and gives it its effect.
 */
final class Recorder {
  /** More than any record but messages and large grants needs. */
  private static final int SMALL_RECORD_BYTES = 64 << 10;

  private final Journal journal;
  private final Fold fold;

  Recorder(Journal journal, Fold fold) {
    this.journal = journal;
    this.fold = fold;
  }

  /** Whether the disk has room for changes that free space or report progress. */
  boolean hasRoomForProgress() {
    return journal.hasRoomFor(SMALL_RECORD_BYTES, Urgency.RESERVE);
  }

  /** Whether the disk has room for new definitions and subscriptions. */
  boolean hasRoomForDefinitions() {
    return journal.hasRoomFor(SMALL_RECORD_BYTES, Urgency.NORMAL);
  }

  /** Why there is no room just now; empty: a disk is full. */
  Optional<String> whyNotNow() {
    return journal.whyNotNow();
  }

  /** What is said when there is no room even for what reports progress. */
  Refusal noRoom() {
    return whyNotNow()
        .map(why -> new Refusal(RefusalCode.UNAVAILABLE, why + ": nothing was changed, try again"))
        .orElse(new Refusal(RefusalCode.STORAGE_FULL, "the disk is full"));
  }

  boolean hasRoomForMessages(int bytes) {
    return journal.hasRoomFor(bytes + SMALL_RECORD_BYTES, Urgency.NORMAL);
  }

  void record(Change change) {
    journal.put(change);
    fold.apply(change);
  }

  /** Appends messages to a queue; they are visible to nobody before they are durable. */
  Run append(Queue queue, long storeMillis, List<Draft> drafts, long chunkedBytes) {
    Run run = journal.putMessages(queue, storeMillis, drafts, chunkedBytes);
    long[] idHashes = new long[drafts.size()];
    for (int i = 0; i < idHashes.length; i++) {
      idHashes[i] = drafts.get(i).idHash();
    }
    fold.apply(
        queue, run, idHashes, chunkedBytes > 0 ? MessageRecord.chunksFrom(drafts.getFirst()) : -1);
    return run;
  }

  /** A parked message joins a queue; it is visible to nobody there before that is durable. */
  void join(Queue queue, long storeMillis, Parked.Place parked, Run body) {
    fold.join(queue, journal.putJoin(queue, storeMillis, parked, body), parked);
  }

  /** Appends a part of a large message; answers its position. */
  long appendChunk(Draft draft, int from, int count, Runnable whenDurable) {
    return journal.putChunk(draft, from, count, whenDurable);
  }

  void whenDurable(Runnable action) {
    journal.whenDurable(action);
  }

  /**
   * Gives an answer that follows from what is known here, and that is final for who hears it. A
   * refusal is confirmed by who gives it on ({@link Replies}).
   */
  <T> void answer(Outcome<T> outcome, Consumer<Outcome<T>> reply) {
    if (outcome.isOk()) {
      confirmed(outcome, reply);
    } else {
      whenDurable(() -> reply.accept(outcome));
    }
  }

  /**
   * The same once it is sure that nobody else knew better when it was asked for: another owner may
   * have gone on with the log without this one knowing it yet. If that can't be found out just now,
   * the answer is that.
   */
  <T> void confirmed(Outcome<T> outcome, Consumer<Outcome<T>> reply) {
    if (journal.canBeTakenOver() && journal.isEmpty() && !hasRoomForProgress()) {
      String why = whyNotNow().orElse("the disk is full");
      reply.accept(
          Outcome.refused(
              RefusalCode.UNAVAILABLE,
              why + ": what holds for this request is not known for sure just now, try again"));
    } else {
      journal.whenConfirmed(() -> reply.accept(outcome));
    }
  }

  /** Whether another owner may go on with the log unheard. */
  boolean canBeTakenOver() {
    return journal.canBeTakenOver();
  }

  /** Records that the shard is still owned if an answer waits for that and for nothing else. */
  void confirm() {
    if (journal.needsConfirmation()) {
      record(new Change.StillOwned());
    }
  }

  void whenWritten(Runnable action) {
    journal.whenWritten(action);
  }
}
