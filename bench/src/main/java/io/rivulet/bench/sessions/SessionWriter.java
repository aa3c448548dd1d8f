package io.rivulet.bench.sessions;

/** Owned by the thread that writes. Messages to sessions, those of one session in order. */
public interface SessionWriter extends AutoCloseable {
  /** Takes a message; it leaves with the next {@link #flush} at the latest. */
  void write(int session, byte[] body);

  /** Lets what was taken leave; waits for nothing. */
  void flush();

  /** Messages that have not been acknowledged yet. */
  long unanswered();

  /** Why a message was refused for good; empty: none was. */
  String refusal();

  @Override
  void close();
}
