package io.rivulet.engine.scheduling;

/**
 * Owned by one thread. How many messages a worker should hold at a time, learnt from what it
 * acknowledges: the fewest with which it gets as much done as with more.
 *
 * <p>Hill climbing on throughput, not on latency: what a message takes differs a thousandfold
 * between messages, so that a latency says little, while the cost that is acknowledged in a second
 * does not depend on how it was cut. The limit is held for a round of acknowledgements; the next
 * round is tried with more, or with less, and what brought no more is taken back. Rounds in which
 * the worker had to wait for work say nothing and are not counted.
 *
 * <p>A worker that does one thing after the other ends at 1 or 2 (the second bridges the way
 * between its acknowledgement and its next message), one that does eight at a time at about 8.
 */
public final class CapacityLimit {
  public static final int FIRST = 2;
  public static final int MAX = 1024;

  /** More of it makes the estimate steadier and the learning slower. */
  private static final int LEAST_SAMPLES = 12;

  /** What a step up must bring of what it would bring at best. */
  private static final double WORTHWHILE = 0.4;

  /** What a step down may lose. */
  private static final double HARMLESS = 0.03;

  private static final int MAX_PAUSE_ROUNDS = 16;

  private enum Phase {
    /** The present limit is measured, and kept for some rounds. */
    HOLD,
    UP,
    DOWN
  }

  private Phase phase = Phase.HOLD;
  private int limit = FIRST;
  private int previousLimit = FIRST;
  private double previousThroughput;
  private int pauseRounds;
  private int nextPauseRounds = 1;
  private boolean triesDownNext;

  private long roundStartMillis = -1;
  private int samples;
  private double costDone;
  private boolean hadMoreThroughout = true;

  /** Messages that it should hold at most, 1 to {@link #MAX}. */
  public int value() {
    return limit;
  }

  /**
   * A message was acknowledged.
   *
   * @param cost of the message
   * @param hadMore whether more waited for it than it could be handed
   */
  public void acknowledged(long nowMillis, int cost, boolean hadMore) {
    if (roundStartMillis < 0) {
      begin(nowMillis);
      return;
    }
    samples++;
    costDone += cost;
    hadMoreThroughout &= hadMore;
    if (samples >= Math.max(LEAST_SAMPLES, 3 * limit) && nowMillis > roundStartMillis) {
      if (hadMoreThroughout) {
        judge(costDone / (nowMillis - roundStartMillis));
      }
      begin(nowMillis);
    }
  }

  private void begin(long nowMillis) {
    roundStartMillis = nowMillis;
    samples = 0;
    costDone = 0;
    hadMoreThroughout = true;
  }

  private void judge(double throughput) {
    switch (phase) {
      case HOLD -> {
        if (pauseRounds-- <= 0) {
          tryAnother(throughput);
        }
      }
      case UP -> {
        double atBest = previousThroughput * ((double) limit / previousLimit - 1);
        if (throughput - previousThroughput >= WORTHWHILE * atBest) {
          nextPauseRounds = 1;
          triesDownNext = false;
          tryAnother(throughput);
        } else {
          takeBack();
          triesDownNext = true;
        }
      }
      case DOWN -> {
        if (throughput >= previousThroughput * (1 - HARMLESS)) {
          nextPauseRounds = 1;
          tryAnother(throughput);
        } else {
          takeBack();
          triesDownNext = false;
        }
      }
    }
  }

  private void tryAnother(double throughput) {
    previousThroughput = throughput;
    previousLimit = limit;
    if (triesDownNext && limit > 1) {
      phase = Phase.DOWN;
      limit -= Math.max(1, limit / 4);
    } else if (limit < MAX) {
      phase = Phase.UP;
      limit = Math.min(MAX, limit + Math.max(1, limit / 2));
    }
  }

  private void takeBack() {
    limit = previousLimit;
    phase = Phase.HOLD;
    pauseRounds = nextPauseRounds;
    nextPauseRounds = Math.min(MAX_PAUSE_ROUNDS, 2 * nextPauseRounds);
  }
}
