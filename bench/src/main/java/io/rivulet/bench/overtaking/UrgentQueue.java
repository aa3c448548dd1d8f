package io.rivulet.bench.overtaking;

import io.rivulet.bench.load.LoadResult;
import java.time.Duration;

/**
 * A server's queue with priorities, with one producer and one consumer. All but {@link #fill} is
 * for one thread.
 */
public interface UrgentQueue extends AutoCloseable {
  /** Stores so many messages of low priority; returns when all are answered. */
  LoadResult fill(byte[] body, long count);

  /** Stores one message of low priority; returns when it is answered. */
  void sendPatient(byte[] body);

  /** Stores one message of high priority; returns when it is answered. */
  void sendUrgent(byte[] body);

  /**
   * From now on the consumer holds so many messages at most that it has not begun with. One: it
   * asks for each message when it wants it, and holds none in between.
   */
  void hold(int messages);

  /**
   * The messages that the consumer has asked for and not begun with: they are in its hands, or on
   * their way.
   */
  int held();

  /** The consumer begins with its next message; fails if none comes in that time. */
  Delivery next(Duration patience);

  @Override
  void close();
}
