package io.rivulet.engine.shard;

import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread. Moves messages to the dead-letter topic of their group: a copy there
 * and the acknowledgement here are one batch of the log, so it is in exactly one of the two places.
 *
 * <p>While its body is read the message is leased to the engine itself; if the process dies or the
 * disk is full meanwhile, that lease ends and the move is tried again.
 */
final class DeadLetters {
  private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);
  private static final long LEASE_MILLIS = 60_000;

  private final QueueTable queues;
  private final Recorder recorder;
  private final Timers timers;
  private final Ids ids;
  private final ShardClock clock;
  private final MessageLoader loader;
  private final Losses losses;
  private final Counters counters;
  private final Executor readers;
  private final Consumer<Runnable> later;
  private @Nullable Consumer<Progress> touch;
  private @Nullable Consumer<Appender.Request> append;

  DeadLetters(
      ShardState state,
      MessageLoader loader,
      Losses losses,
      Counters counters,
      Executor readers,
      Consumer<Runnable> later) {
    queues = state.queues();
    recorder = state.recorder();
    timers = state.timers();
    ids = state.ids();
    clock = state.clock();
    this.loader = loader;
    this.losses = losses;
    this.counters = counters;
    this.readers = readers;
    this.later = later;
  }

  /** Whom to tell and whom to ask; set once, when wired. */
  void wire(Consumer<Progress> touching, Consumer<Appender.Request> appending) {
    touch = touching;
    append = appending;
  }

  /** Moves a message for a reason that the engine found. */
  void move(Progress progress, long offset, Run run, String reason) {
    move(progress, offset, run, reason, _ -> {});
  }

  void move(
      Progress progress, long offset, Run run, String reason, Consumer<Outcome<String>> reply) {
    long now = clock.millis();
    long leaseId = ids.leaseSeed();
    recorder.record(
        new Change.Granted(
            progress.group.id,
            progress.queue.id,
            leaseId,
            now,
            now + LEASE_MILLIS,
            false,
            "",
            new long[] {offset}));
    timers.wakeAt(progress, now + LEASE_MILLIS);
    MessageLoader.Place place = new MessageLoader.Place(progress.queue.id, run, offset);
    // Not before the run is written, like every delivery.
    recorder.whenWritten(() ->
        readers.execute(() -> load(new Move(progress, offset, leaseId, reason, reply), place)));
  }

  private record Move(
      Progress progress,
      long offset,
      long leaseId,
      String reason,
      Consumer<Outcome<String>> reply) {}

  private void load(Move move, MessageLoader.Place place) {
    try {
      StoredMessage stored = loader.load(place);
      Draft copy = copy(move, stored.message());
      later.accept(() -> append(move, copy));
    } catch (IOException e) {
      log.error(
          "Cannot read offset {} of queue {} to dead-letter it: {}",
          place.offset(),
          place.queueId(),
          e.getMessage());
      // What can't be read just now is tried again when the lease for the move ends.
      later.accept(
          MessageLoader.isLost(e)
              ? () -> unreadable(move)
              : () -> move.reply.accept(Outcome.refused(MessageLoader.refusalOf(e))));
    }
  }

  private static Draft copy(Move move, Message message) {
    String topic = topicOf(move.progress.group);
    Message.Origin known = message.origin();
    Message.Origin origin =
        new Message.Origin(
            known == null ? message.topic() : known.topic(),
            known == null ? message.id() : known.messageId(),
            move.progress.group.name(),
            move.reason);
    Message copy =
        Message.builder(topic, message.id(), message.body())
            .gzip(message.gzip())
            .tag(message.tag())
            .keys(message.keys())
            .properties(message.properties())
            .messageGroup(message.messageGroup())
            .liteTopic(message.liteTopic())
            .priority(message.priority())
            .born(message.bornMillis(), message.bornHost())
            .traceContext(message.traceContext())
            .origin(origin)
            .build();
    // Deterministic: the same delivery that is moved twice is stored once.
    long idHash = Hash.of("dead " + move.progress.queue.id + " " + move.offset, Hash.of(topic));
    return Draft.deadLetter(copy, idHash);
  }

  static String topicOf(Group group) {
    return Names.DEAD_LETTER_PREFIX + group.name();
  }

  private boolean isCurrent(Move move) {
    Lease lease = move.progress.leaseOf(move.offset);
    return lease != null && Lease.isSame(lease.id, move.leaseId) && !move.progress.isGone();
  }

  private void append(Move move, Draft copy) {
    if (!isCurrent(move) || append == null) {
      move.reply.accept(
          Outcome.refused(
              RefusalCode.INVALID_RECEIPT_HANDLE, "the message was acknowledged meanwhile"));
      return;
    }
    Change acknowledged =
        new Change.Acknowledged(
            move.progress.group.id, move.progress.queue.id, move.offset, move.offset + 1);
    append.accept(
        new Appender.Request(
            topicOf(move.progress.group),
            null,
            List.of(copy),
            true,
            List.of(acknowledged),
            outcomes -> moved(move, outcomes.getFirst().map(receipt -> receipt.messageId()))));
  }

  private void moved(Move move, Outcome<String> outcome) {
    if (outcome.isOk()) {
      counters.deadLetteredMessages.increment();
      if (touch != null) {
        touch.accept(move.progress);
      }
    }
    move.reply.accept(outcome);
  }

  private void unreadable(Move move) {
    if (isCurrent(move) && recorder.hasRoomForProgress()) {
      losses.lost(move.progress, move.offset, move.offset + 1);
      queues.markDirty(move.progress);
      if (touch != null) {
        touch.accept(move.progress);
      }
    }
    move.reply.accept(
        Outcome.refused(
            RefusalCode.MESSAGE_NOT_FOUND, "the message can't be read from the log any more"));
  }
}
