package io.rivulet.engine.stream;

import io.rivulet.engine.message.StoredMessage;
import java.util.List;

/**
 * Immutable. What was read of a stream.
 *
 * @param nextOffset where the next read goes on
 * @param stream the stream as it was when its messages were found
 */
public record StreamPage(StreamView stream, List<StoredMessage> messages, long nextOffset) {
  public StreamPage {
    messages = List.copyOf(messages);
  }

  /** Nothing was there beyond this page. */
  public boolean isUpToDate() {
    return nextOffset >= stream.endOffset();
  }

  /** Nothing will ever come after this page. */
  public boolean isEnd() {
    return stream.isClosed() && isUpToDate();
  }
}
