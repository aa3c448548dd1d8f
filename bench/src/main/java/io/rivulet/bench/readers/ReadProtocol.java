package io.rivulet.bench.readers;

import java.util.Locale;

/** Immutable. How events carry messages and the reader's place. */
public enum ReadProtocol {
  /** A message is an event and its id the place, which the reader sends as Last-Event-ID. */
  EVENTS,
  /** Durable Streams: events "data" and "control"; the place is a parameter of the address. */
  DURABLE_STREAMS;

  /** As people write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
