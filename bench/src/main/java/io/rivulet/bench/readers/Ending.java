package io.rivulet.bench.readers;

/** Immutable. How an answer ended. */
enum Ending {
  /** The server had no more to say. */
  COMPLETE,
  /** The server refuses the stream before it has looked at it; it may be asked for again. */
  REFUSED_STREAM,
  /** The server broke it off, or the request could not be sent. */
  RESET,
  /** The connection is gone. */
  LOST,
  /** There was no connection. */
  NOT_CONNECTED
}
