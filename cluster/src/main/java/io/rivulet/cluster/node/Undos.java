package io.rivulet.cluster.node;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Owned by whoever starts and stops. What was opened, to be closed in the reverse order. */
final class Undos implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(Undos.class);

  /** Closes one thing. */
  @FunctionalInterface
  interface Undo {
    void run() throws IOException;
  }

  private final Deque<Undo> undos = new ArrayDeque<>();

  void push(Undo undo) {
    undos.push(undo);
  }

  @Override
  public void close() {
    while (!undos.isEmpty()) {
      try {
        undos.pop().run();
      } catch (IOException | RuntimeException e) {
        logger.warn("One step of the stop failed; going on with the others", e);
      }
    }
  }
}
