package io.rivulet.bench.official;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.concurrent.locks.ReentrantLock;

/** Safe for all threads: one lock around the stream, so that lines stay whole. */
final class Lines {
  private final ReentrantLock lock = new ReentrantLock();
  private final PrintStream stream;

  Lines(PrintStream stream) {
    this.stream = stream;
  }

  void write(JsonObject line) {
    lock.lock();
    try {
      stream.println(line);
      stream.flush();
    } finally {
      lock.unlock();
    }
  }
}
