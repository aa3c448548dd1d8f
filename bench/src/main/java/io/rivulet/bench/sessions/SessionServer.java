package io.rivulet.bench.sessions;

import io.rivulet.bench.readers.ReadAddress;
import io.rivulet.bench.readers.ReadProtocol;
import java.util.List;

/** Owned by the main thread. A server that the case has started, and ends. */
public interface SessionServer extends AutoCloseable {
  /** Makes the sessions, where their first message does not, or makes others than are read so. */
  void make(int sessions, ReadProtocol protocol);

  /** Where readers read, in that protocol; fails if it can't be read so. */
  ReadAddress address(ReadProtocol protocol);

  /** A writer of sessions. */
  SessionWriter writer();

  /** Its processes. */
  List<Long> pids();

  /** What it promises when it answers, for people. */
  String durability();

  /** SIGKILL. */
  void kill();

  /** Starts it again on what it has on disk; returns when it can be used. */
  void startAgain();

  @Override
  void close();
}
