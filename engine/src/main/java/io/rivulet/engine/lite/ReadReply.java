package io.rivulet.engine.lite;

import io.rivulet.engine.message.StoredMessage;
import java.util.List;

/**
 * Immutable. What was read.
 *
 * @param queueId the incarnation that was read; 0 if the lite topic does not exist (yet)
 * @param nextOffset where the next read continues
 * @param endOffset the queue's end when it was read
 * @param isClosed nothing will ever be stored beyond that end
 */
public record ReadReply(
    List<StoredMessage> messages,
    long queueId,
    long nextOffset,
    long endOffset,
    boolean isClosed) {}
