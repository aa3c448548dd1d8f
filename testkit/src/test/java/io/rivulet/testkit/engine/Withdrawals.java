package io.rivulet.testkit.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageHandle;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.scheduling.Demand;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Owned by the simulation. What is known of cancellations, moves and deadlines, and what must
 * therefore not happen: what was cancelled is delivered to nobody who asks after the answer, what
 * was moved is at one place only, nothing is handed out to whoever asks after its deadline, and
 * nothing else is withheld.
 */
final class Withdrawals {
  /** Of notes that requests were cancelled. */
  static final String NOTE_PREFIX = "rivulet-cancelled-";

  /** Places of which it was answered that nothing is delivered from them, and when. */
  private final Map<MessageHandle, Long> withdrawn = new HashMap<>();

  /** Ids of messages of which the same was answered. */
  private final Map<String, Long> cancelled = new HashMap<>();

  /** Ids of messages that somebody asked to cancel or move. */
  private final Set<String> maybeWithdrawn = new HashSet<>();

  /** What was delivered from where, also if its sender got no answer. */
  private final Map<MessageHandle, String> delivered = new HashMap<>();

  /** Ids that were sent again: there may be another message by that id. */
  private final Set<String> resent = new HashSet<>();

  private final Ledger ledger;

  Withdrawals(Ledger ledger) {
    this.ledger = ledger;
  }

  void resent(String id) {
    resent.add(id);
  }

  /** Somebody asks to cancel it or to move it; it may happen at any moment from now on. */
  void asked(String id) {
    maybeWithdrawn.add(id);
  }

  void cancelled(SendReceipt receipt, Cancellation answer, long step) {
    if (answer.found() == Cancellation.Found.DONE) {
      return;
    }
    withdrawn.putIfAbsent(new MessageHandle(receipt.queueId(), receipt.offset()), step);
    cancelled.putIfAbsent(receipt.messageId(), step);
    if (!answer.messageId().isEmpty() && !answer.messageId().equals(receipt.messageId())) {
      throw new AssertionError(answer + " to the cancellation of " + receipt);
    }
  }

  void moved(SendReceipt receipt, MessageHandle to, long step) {
    MessageHandle from = new MessageHandle(receipt.queueId(), receipt.offset());
    if (!from.equals(to)) {
      withdrawn.putIfAbsent(from, step);
    }
  }

  /** Whether the message at a place may have been taken off its queue, or may be any time. */
  boolean mayBeWithdrawn(long queueId, long offset) {
    String id = ledger.places.getOrDefault(queueId, new TreeMap<>()).get(offset);
    String seen = id == null ? delivered.get(new MessageHandle(queueId, offset)) : id;
    return seen != null && mayBeWithdrawn(seen);
  }

  /** The same for a message wherever it is. */
  boolean mayBeWithdrawn(String id) {
    Message message = ledger.sent.get(id);
    return maybeWithdrawn.contains(id)
        || (message != null && message.properties().containsKey(Demand.DEADLINE_PROPERTY));
  }

  /**
   * A message was delivered.
   *
   * @param isKnownOnce nothing but what is asked here makes copies of messages
   */
  void delivered(
      Ledger.Asked asked, DeliveredMessage each, long askedWallMillis, boolean isKnownOnce) {
    String id = each.message().message().id();
    MessageHandle place = new MessageHandle(each.message().queueId(), each.message().offset());
    delivered.put(place, id);
    if (withdrawn.getOrDefault(place, Long.MAX_VALUE) < asked.step()) {
      throw new AssertionError(
          "%s at %s was withdrawn in step %d and delivered to %s of %s, who asked in step %d"
              .formatted(
                  id, place, withdrawn.get(place), asked.clientId(), asked.group(), asked.step()));
    }
    if (isKnownOnce
        && !resent.contains(id)
        && !ledger.maybeResent(id)
        && cancelled.getOrDefault(id, Long.MAX_VALUE) < asked.step()) {
      throw new AssertionError(
          "%s was cancelled in step %d and delivered from %s to %s, who asked in step %d"
              .formatted(id, cancelled.get(id), place, asked.clientId(), asked.step()));
    }
    String deadline = each.message().message().properties().get(Demand.DEADLINE_PROPERTY);
    boolean isNew = asked.invisibleMillis() > 0;
    if (deadline != null && isNew && Long.parseLong(deadline) < askedWallMillis) {
      throw new AssertionError(
          "%s was delivered to %s, who asked at %d, after its deadline %s"
              .formatted(id, asked.clientId(), askedWallMillis, deadline));
    }
  }

  // ---- the end

  /**
   * What the queues say in the end is what was asked for.
   *
   * @param found by queue and offset
   * @param withheld places that queues hold back, and whether they say that there is a copy
   * @param isKnownOnce nothing but what is asked here makes or removes messages
   */
  void checkKept(
      Map<Long, Map<Long, String>> found,
      Map<MessageHandle, Boolean> withheld,
      boolean isKnownOnce) {
    withdrawn.forEach((place, step) -> {
      boolean isThere = found.getOrDefault(place.queueId(), Map.of()).containsKey(place.offset());
      if (isThere && !withheld.containsKey(place)) {
        throw new AssertionError(
            place + " was withdrawn in step " + step + " and is not in the end");
      }
    });
    Map<String, Integer> live = new HashMap<>();
    found.forEach((queueId, messages) ->
        messages.forEach((offset, id) -> {
          if (!withheld.containsKey(new MessageHandle(queueId, offset))) {
            live.merge(id, 1, Integer::sum);
          }
        }));
    withheld.forEach((place, isMoved) -> {
      String id = found.getOrDefault(place.queueId(), Map.of()).get(place.offset());
      if (id == null) {
        return;
      }
      if (!maybeWithdrawn.contains(id)) {
        throw new AssertionError(id + " at " + place + " is withheld, and nobody asked for it");
      }
      if (isMoved && isKnownOnce && !cancelledSomewhere(id, found, withheld)) {
        int copies = live.getOrDefault(id, 0);
        if (copies != 1 && !resent.contains(id) && !ledger.maybeResent(id)) {
          throw new AssertionError(id + " was moved from " + place + " and is there " + copies);
        }
      }
    });
  }

  private static boolean cancelledSomewhere(
      String id, Map<Long, Map<Long, String>> found, Map<MessageHandle, Boolean> withheld) {
    return withheld.entrySet().stream()
        .anyMatch(each ->
            !each.getValue()
                && id.equals(
                    found
                        .getOrDefault(each.getKey().queueId(), Map.of())
                        .get(each.getKey().offset())));
  }
}
