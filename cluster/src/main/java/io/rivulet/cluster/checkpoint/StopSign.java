package io.rivulet.cluster.checkpoint;

import java.io.IOException;

/** Safe for all threads: one volatile flag. Ends work that takes long between two of its steps. */
final class StopSign {
  private final String what;
  private volatile boolean isUp;

  StopSign(String what) {
    this.what = what;
  }

  void raise() {
    isUp = true;
  }

  boolean isUp() {
    return isUp;
  }

  void check() throws IOException {
    if (isUp) {
      throw new IOException(what + " was stopped");
    }
  }
}
