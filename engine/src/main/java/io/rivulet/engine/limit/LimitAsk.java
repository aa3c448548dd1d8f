package io.rivulet.engine.limit;

import io.rivulet.engine.scheduling.Rate;

/** Immutable. What a shard wants of a limit that it has in common with others. */
public sealed interface LimitAsk {
  LimitName limit();

  /**
   * Immutable.
   *
   * @param rate that holds for all together
   * @param wanted how much more
   * @param beginsFull whether a home that knows nothing lets the burst pass at once
   */
  record OfRate(LimitName limit, Rate rate, double wanted, boolean beginsFull)
      implements LimitAsk {}

  /**
   * Immutable.
   *
   * @param most that all together may hold
   * @param held how many it may hold, as far as it knows; it is told anew
   * @param used how many it holds
   * @param wanted how many it would like to hold
   */
  record OfConcurrency(LimitName limit, int most, int held, int used, int wanted)
      implements LimitAsk {}
}
