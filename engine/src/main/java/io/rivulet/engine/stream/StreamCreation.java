package io.rivulet.engine.stream;

import io.rivulet.engine.message.Message;
import java.util.List;

/**
 * Immutable. Asks for a stream to be there.
 *
 * @param messages its first messages, all of this lite topic; not stored if the stream is there
 * @param isClosed nothing may be appended to it afterwards
 */
public record StreamCreation(
    String topic,
    String liteTopic,
    StreamDefinition definition,
    List<Message> messages,
    boolean isClosed) {
  public StreamCreation {
    messages = List.copyOf(messages);
  }
}
