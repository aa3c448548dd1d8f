package io.rivulet.bench.readers;

/** Owned by one event loop. A way to the server that one reader has, or many share. */
interface Route {
  /** Asks for the reader's events; connects if need be. The reader is told what becomes of it. */
  void open(Reader reader);

  /** Hangs up, without a word to the readers. */
  void close();
}
