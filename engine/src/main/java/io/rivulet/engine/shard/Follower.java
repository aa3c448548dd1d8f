package io.rivulet.engine.shard;

/**
 * Immutable. A client of a LITE group that follows a lite topic by name.
 *
 * @param startOffset where the group starts if it has no progress yet; -1: at the first message
 */
record Follower(long groupId, String clientId, long startOffset) {}
