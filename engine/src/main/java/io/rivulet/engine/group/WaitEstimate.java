package io.rivulet.engine.group;

import java.util.OptionalLong;

/**
 * Immutable. When a message that is sent now will be handed out, if the group goes on as it did in
 * the last seconds and nothing that overtakes it is sent.
 *
 * @param position messages before it, and itself
 * @param waitMillis empty if nothing was handed out lately, so that nobody can tell
 */
public record WaitEstimate(long position, OptionalLong waitMillis) {}
