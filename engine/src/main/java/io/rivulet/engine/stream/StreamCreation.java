package io.rivulet.engine.stream;

import io.rivulet.engine.message.Message;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. Asks for a stream to be there.
 *
 * @param definition empty content type: that of the stream it is forked from; a fork without TTL
 *     and end has those of its source
 * @param fork what it begins with, if it does
 * @param messages its first messages, all of this lite topic; not stored if the stream is there
 * @param isClosed nothing may be appended to it afterwards
 */
public record StreamCreation(
    String topic,
    String liteTopic,
    StreamDefinition definition,
    Optional<StreamFork> fork,
    List<Message> messages,
    boolean isClosed) {
  public StreamCreation {
    messages = List.copyOf(messages);
  }
}
