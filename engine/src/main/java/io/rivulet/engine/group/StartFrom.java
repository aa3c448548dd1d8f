package io.rivulet.engine.group;

import java.time.Instant;

/** Immutable. Where a group starts on a topic when it first appears there. */
public sealed interface StartFrom {
  /** At the first retained message: the default. */
  record First() implements StartFrom {}

  /** At the next message to be stored. */
  record Last() implements StartFrom {}

  /** At the first message stored at or after this time. */
  record At(Instant time) implements StartFrom {}
}
