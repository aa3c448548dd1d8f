package io.rivulet.engine.stream;

/** Immutable. What became of the wish for a stream. */
public sealed interface StreamCreated {
  /** It was made. */
  record Made(StreamView stream) implements StreamCreated {}

  /** It was there, as asked for. */
  record Found(StreamView stream) implements StreamCreated {}

  /** There is another one under this name. */
  record Differs(StreamView stream) implements StreamCreated {}
}
