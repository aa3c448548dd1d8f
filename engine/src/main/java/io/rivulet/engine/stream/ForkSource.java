package io.rivulet.engine.stream;

/**
 * Immutable. What a fork in another shard begins with, as the shard of its source says.
 *
 * @param queueId the source's incarnation
 * @param definition what the fork is made as: the source's content type, and its lifetime unless
 *     the fork has one of its own
 * @param firstOffset the first message of the source that is retained
 * @param offset up to which the fork takes it over, as asked for, or the source's end
 * @param subOffset as asked for
 * @param forkOffset that of the first message that is the fork's own
 * @param copyOffset what is below is copied: what the fork takes over, and a message of which it
 *     takes a part
 */
public record ForkSource(
    long queueId,
    StreamDefinition definition,
    long firstOffset,
    long offset,
    long subOffset,
    long forkOffset,
    long copyOffset) {}
