package io.rivulet.engine.shard;

import org.jspecify.annotations.Nullable;

/** Owned by the shard thread. How many fairness keys are passed over, by the reason. */
final class ClosedKeys {
  /** Why messages of a key are passed over. */
  enum Reason {
    RATE,
    CONCURRENCY,
    SUSPENSION
  }

  private int atRate;
  private int atConcurrency;
  private int suspended;

  /** A key is closed for another reason, or opens; null: it is, or was, open. */
  void changed(@Nullable Reason before, @Nullable Reason now) {
    if (before != now) {
      add(before, -1);
      add(now, 1);
    }
  }

  private void add(@Nullable Reason reason, int change) {
    if (reason != null) {
      switch (reason) {
        case RATE -> atRate += change;
        case CONCURRENCY -> atConcurrency += change;
        case SUSPENSION -> suspended += change;
      }
    }
  }

  void add(ClosedKeys other) {
    atRate += other.atRate;
    atConcurrency += other.atConcurrency;
    suspended += other.suspended;
  }

  int atRate() {
    return atRate;
  }

  int atConcurrency() {
    return atConcurrency;
  }

  int suspended() {
    return suspended;
  }

  int all() {
    return atRate + atConcurrency + suspended;
  }
}
