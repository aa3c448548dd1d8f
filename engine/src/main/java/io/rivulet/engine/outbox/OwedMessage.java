package io.rivulet.engine.outbox;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Refusal;

/**
 * Immutable. A message that a shard owes another one, in whose log it could not be written together
 * with what it belongs to.
 *
 * @param id by which the shard that owes it knows it
 * @param message its own id is the same whenever it is sent, so that it is stored once
 */
public record OwedMessage(long id, Message message) {
  /** Whether the same message may be stored later. */
  public static boolean isForNow(Refusal refusal) {
    return switch (refusal.code()) {
      case UNAVAILABLE, STORAGE_FULL, TOO_MANY_REQUESTS -> true;
      default -> false;
    };
  }
}
