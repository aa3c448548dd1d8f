package io.rivulet.bench.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** Safe for all threads: under a lock. What must not be and was seen nevertheless. */
final class Findings {
  /** One broken promise often shows in thousands of messages. */
  private static final int MOST = 50;

  private final ReentrantLock lock = new ReentrantLock();
  private final List<String> all = new ArrayList<>();

  void add(String finding) {
    lock.lock();
    try {
      if (all.size() < MOST) {
        all.add(finding);
        System.err.println("FOUND: " + finding);
      }
    } finally {
      lock.unlock();
    }
  }

  List<String> all() {
    lock.lock();
    try {
      return List.copyOf(all);
    } finally {
      lock.unlock();
    }
  }
}
