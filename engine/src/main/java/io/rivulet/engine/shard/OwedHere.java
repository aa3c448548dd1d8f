package io.rivulet.engine.shard;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.outbox.OwedMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.scheduling.Demand;
import java.util.List;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. What shards owed each other that have become this one ({@link
 * Transfer}) is stored where it belongs, a page after the other; there is nobody else to carry it.
 * What can't be stored just now stays owed until the next start. After a death in between it is
 * stored again, and known by its id.
 */
final class OwedHere {
  /** On their way at a time. */
  private static final int PAGE = 64;

  private final Outbox outbox;
  private final Consumer<Appender.Request> append;

  private OwedHere(Outbox outbox, Consumer<Appender.Request> append) {
    this.outbox = outbox;
    this.append = append;
  }

  /** After the start of a shard. */
  static void begin(Rooms rooms) {
    Outbox outbox = rooms.office().outbox();
    if (outbox.isForHere()) {
      new OwedHere(outbox, rooms.traffic().appender()::append).page(0);
    }
  }

  private void page(long afterId) {
    outbox.owed(
        afterId,
        PAGE,
        owed -> {
          int[] left = {owed.value().size()};
          for (OwedMessage each : owed.value()) {
            store(
                each,
                () -> {
                  if (--left[0] == 0) {
                    page(owed.value().getLast().id());
                  }
                });
          }
        });
  }

  private void store(OwedMessage owed, Runnable next) {
    Message message = owed.message();
    append.accept(
        new Appender.Request(
            message.topic(),
            null,
            List.of(Draft.of(message, Demand.NONE)),
            false,
            List.of(),
            outcomes -> {
              stored(owed.id(), outcomes.getFirst());
              next.run();
            }));
  }

  private void stored(long id, Outcome<SendReceipt> outcome) {
    switch (outcome) {
      case Outcome.Ok<SendReceipt> _ -> outbox.handedOver(List.of(id), List.of(), _ -> {});
      case Outcome.Refused<SendReceipt>(Refusal refusal) -> {
        if (!OwedMessage.isForNow(refusal)) {
          outbox.handedOver(List.of(), List.of(id), _ -> {});
        }
      }
    }
  }
}
