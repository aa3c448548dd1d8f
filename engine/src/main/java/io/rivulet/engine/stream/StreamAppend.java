package io.rivulet.engine.stream;

import io.rivulet.engine.message.Message;
import java.util.List;
import java.util.Optional;

/**
 * Immutable. Appends to a stream that is there, closes it, or both at once.
 *
 * @param contentType what the messages are, as in {@link StreamDefinition}; not looked at without
 *     messages
 * @param messages all of this lite topic; none: it is closed only
 * @param closes nothing may be appended afterwards
 * @param seq must be greater than that of the append before which had one, by its bytes; at most
 *     255 characters
 * @param producer who sends it, if it is to be recognised when it is sent again
 */
public record StreamAppend(
    String topic,
    String liteTopic,
    String contentType,
    List<Message> messages,
    boolean closes,
    Optional<String> seq,
    Optional<StreamProducer> producer) {
  public static final int MAX_SEQ_CHARS = 255;

  public StreamAppend {
    messages = List.copyOf(messages);
    if (messages.isEmpty() && !closes) {
      throw new IllegalArgumentException("an append has messages, or closes the stream");
    }
    if (seq.isPresent() && seq.get().length() > MAX_SEQ_CHARS) {
      throw new IllegalArgumentException(
          "a sequence value has at most "
              + MAX_SEQ_CHARS
              + " characters, not "
              + seq.get().length());
    }
  }
}
