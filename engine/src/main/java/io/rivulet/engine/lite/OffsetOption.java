package io.rivulet.engine.lite;

/** Immutable. Where a new subscription of a lite topic starts. */
public sealed interface OffsetOption {
  /** The group's progress; the first message if it has none. */
  record Last() implements OffsetOption {}

  /** The first retained message. */
  record Min() implements OffsetOption {}

  /** The next message to be stored. */
  record Max() implements OffsetOption {}

  /** This offset; beyond the end it waits there. */
  record At(long offset) implements OffsetOption {}

  /** The newest {@code count} messages, fewer if there are fewer. */
  record TailCount(long count) implements OffsetOption {}

  /** The first message stored at or after this time. */
  record Time(long epochMillis) implements OffsetOption {}
}
