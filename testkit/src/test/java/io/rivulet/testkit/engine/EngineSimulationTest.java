package io.rivulet.testkit.engine;

import java.util.Optional;
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

  /** Seeds are tried without senders who change their minds, then with them. */
  private static void run(long seed) {
    run(seed, false);
    run(seed, true);
  }

  private static void run(long seed, boolean mindsChange) {
    var randoms = RandomGeneratorFactory.of("L64X128MixRandom");
    Optional<RandomGenerator> minds =
        mindsChange ? Optional.of(randoms.create(seed + (1L << 40))) : Optional.empty();
    try {
      new SimulatedWorld(randoms.create(seed), minds).run(STEPS);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "seed %d (-Drivulet.seed=%d)%s: %s"
              .formatted(seed, seed, mindsChange ? " where minds change" : "", e),
          e);
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

  @ParameterizedTest
  @ValueSource(
      longs = {
        28, 54, 93, 113, 151, 204, 216, 236, 241, 327, 388, 399, 413, 563, 593, 690, 2947, 5015
      })
  void seedsThatFailedOnceFailNoMore(long seed) {
    run(seed);
  }
}
