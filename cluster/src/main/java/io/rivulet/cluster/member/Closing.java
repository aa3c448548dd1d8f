package io.rivulet.cluster.member;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Safe for all threads. Whether something is to end, for who looks at something again and again.
 */
final class Closing {
  private final CountDownLatch begun = new CountDownLatch(1);

  void begin() {
    begun.countDown();
  }

  /** Waits; true at once when it is to end, or the thread is interrupted. */
  boolean isWithin(long millis) {
    try {
      return begun.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}
