package io.rivulet.engine.shard;

import io.rivulet.engine.EngineListener;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.refusal.Outcome;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Messages that this shard owes others. That one is owed is recorded in
 * the batch of what it belongs to; whoever carries it ({@link EngineListener#outgoing}) says when
 * the other shard has stored it, and that is recorded too. In between it may be carried twice, and
 * the other shard knows it by its id.
 */
final class Outbox {
  /** Messages that are owed at a time; what would owe more is done without, or refused. */
  static final int MAX_OWED = 10_000;

  private static final int MAX_MESSAGE_BYTES = 16 << 10;

  private final OutboxFold fold;
  private final Recorder recorder;
  private final Ids ids;
  private final Counters counters;
  private final EngineListener listener;

  /** Somebody was told, and has not asked yet. */
  private boolean isTold;

  private final ShardNumber number;

  Outbox(ShardState state, Counters counters, EngineListener listener, ShardNumber number) {
    this.number = number;
    fold = state.fold().outbox();
    recorder = state.recorder();
    ids = state.ids();
    this.counters = counters;
    this.listener = listener;
  }

  /** Whether a message for a lite topic belongs into another shard. */
  boolean isElsewhere(Message message) {
    String liteTopic = message.liteTopic();
    return liteTopic != null && !number.holds(message.topic(), liteTopic);
  }

  boolean isFull() {
    return fold.count() >= MAX_OWED;
  }

  /** The record by which a message is owed. */
  Change.MessageOwed changeOf(Message message) {
    byte[] head = MessageCodec.encodeHead(message);
    ByteWriter out = new ByteWriter(head.length + message.body().size());
    out.putBytes(head);
    message.body().copyTo(out, 0, message.body().size());
    if (out.size() > MAX_MESSAGE_BYTES) {
      throw new IllegalStateException("a message of " + out.size() + " bytes can't be owed");
    }
    return new Change.MessageOwed(ids.next(), out.toBytes());
  }

  /** To be called when that was recorded. */
  void owing() {
    recorder.whenDurable(this::tell);
  }

  /** At start: what was owed before. */
  void load() {
    if (fold.count() > 0) {
      tell();
    }
  }

  /** All shards have become this one: what they owed each other belongs here. */
  boolean isForHere() {
    return number.of() == 1 && fold.count() > 0;
  }

  private void tell() {
    if (!isTold) {
      isTold = true;
      listener.outgoing();
    }
  }

  /** The first that are owed after an id. */
  void owed(long afterId, int limit, Consumer<Outcome<List<OwedMessage>>> reply) {
    isTold = false;
    List<OwedMessage> owed = new ArrayList<>();
    for (Row row : fold.after(afterId, limit)) {
      try {
        Message message = MessageCodec.decode(ByteBuffer.wrap(row.value()), 0);
        owed.add(new OwedMessage(OutboxFold.idOf(row), message));
      } catch (CorruptLogException e) {
        throw new IllegalStateException("what is owed can't be read: " + e.getMessage(), e);
      }
    }
    // What is not sure yet is owed to nobody.
    recorder.whenDurable(() -> reply.accept(Outcome.ok(owed)));
  }

  /** They are where they belong, or can't be stored there; the outcome: how many were owed. */
  void handedOver(List<Long> handed, List<Long> refused, Consumer<Outcome<Integer>> reply) {
    if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(recorder.noRoom()));
      return;
    }
    int done = remove(handed);
    counters.handedOverMessages.add(done);
    int dropped = remove(refused);
    counters.undeliverableMessages.add(dropped);
    recorder.whenDurable(() -> reply.accept(Outcome.ok(done + dropped)));
  }

  private int remove(List<Long> all) {
    int done = 0;
    for (long id : all) {
      if (fold.owes(id)) {
        recorder.record(new Change.MessageHandedOver(id));
        done++;
      }
    }
    return done;
  }
}
