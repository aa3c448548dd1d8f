package io.rivulet.bench.overtaking;

/** Immutable. The priorities of what waits and of what is urgent; a larger one is more urgent. */
public record Levels(int low, int high) {
  public Levels {
    if (low < 0 || high <= low) {
      throw new IllegalArgumentException(
          "the low priority is " + low + " and the high one " + high + "; 0 <= low < high");
    }
  }
}
