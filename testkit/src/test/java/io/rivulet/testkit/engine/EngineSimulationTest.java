package io.rivulet.testkit.engine;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The whole engine on one thread: clock, disk, index and clients move at random, the process dies
 * at random, and what nobody may ever see is looked for after each step.
 *
 * <p>{@code -Drivulet.seed=N} runs one seed, {@code -Drivulet.seeds=N} as many as wanted.
 */
class EngineSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 1000);
  private static final int STEPS = Integer.getInteger("rivulet.steps", 250);

  /** What makes a world harder, by dice of its own that do not shift the world's. */
  private enum Twist {
    NONE,
    /** Senders cancel, re-prioritise and suspend. */
    MINDS,
    /** Messages are to be delivered later, and some are taken back. */
    DELAYS,
    /** Groups have gates, fairness and priority rules, and these change. */
    RULES
  }

  private static final long MINDS_SEED = 1L << 40;
  private static final long DELAYS_SEED = 3L << 40;
  private static final long RULES_SEED = 0x5eed_0f_0a_0f_0L;

  /** Seeds are tried without senders who change their minds, then with them. */
  private static void run(long seed) {
    run(seed, Twist.NONE);
    run(seed, Twist.MINDS);
  }

  private static void run(long seed, Twist twist) {
    RandomGeneratorFactory<RandomGenerator> dice = RandomGeneratorFactory.of("L64X128MixRandom");
    try {
      new SimulatedWorld(
              dice.create(seed),
              twist == Twist.MINDS ? dice.create(seed + MINDS_SEED) : null,
              twist == Twist.DELAYS ? dice.create(seed + DELAYS_SEED) : null,
              twist == Twist.RULES ? dice.create(seed ^ RULES_SEED) : null)
          .run(STEPS);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "seed %d (-Drivulet.seed=%d), twist %s: %s".formatted(seed, seed, twist, e), e);
    }
  }

  @Test
  void noSeedShowsWhatMustNotBe() {
    Long one = Long.getLong("rivulet.seed");
    if (one != null) {
      run(one);
      return;
    }
    for (long seed = 1; seed <= SEEDS; seed++) {
      run(seed);
    }
  }

  @Test
  void norWithDeliveryTimes() {
    Long one = Long.getLong("rivulet.seed");
    if (one != null) {
      run(one, Twist.DELAYS);
      return;
    }
    for (long seed = 1; seed <= Math.max(1, SEEDS / 2); seed++) {
      run(seed, Twist.DELAYS);
    }
  }

  @Test
  void norWithGatesAndFairness() {
    Long one = Long.getLong("rivulet.seed");
    if (one != null) {
      run(one, Twist.RULES);
      return;
    }
    for (long seed = 1; seed <= Math.max(1, SEEDS / 4); seed++) {
      run(seed, Twist.RULES);
    }
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        28, 54, 93, 113, 151, 204, 216, 236, 241, 327, 388, 399, 413, 563, 593, 690, 2947, 5015
      })
  void seedsThatFailedOnceFailNoMore(long seed) {
    run(seed);
  }
}
