package io.rivulet.engine.outbox;

import io.rivulet.engine.message.Message;

/**
 * Immutable. A message that a shard owes another one, in whose log it could not be written together
 * with what it belongs to.
 *
 * @param id by which the shard that owes it knows it
 * @param message its own id is the same whenever it is sent, so that it is stored once
 */
public record OwedMessage(long id, Message message) {}
