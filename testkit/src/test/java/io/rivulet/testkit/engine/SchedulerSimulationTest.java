package io.rivulet.testkit.engine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The scheduler under a simulated clock: random rules, tenants and workers against a small model
 * that looks at everything.
 *
 * <p>{@code -Drivulet.seed=N} runs one seed, {@code -Drivulet.seeds=N} as many as wanted.
 */
final class SchedulerSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 50);
  private static final int STEPS = Integer.getInteger("rivulet.steps", 250);

  private static void run(long seed) {
    try {
      new ScheduledWorld(seed).run(STEPS);
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + seed + " (-Drivulet.seed=" + seed + "): " + e, e);
    }
  }

  @Test
  void noSeedShowsAWrongOrderOrAnIdleWorker() {
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
      longs = {124, 147, 155, 160, 175, 186, 210, 230, 438, 484, 523, 716, 769, 788, 789, 884})
  void seedsThatFailedOnceFailNoMore(long seed) {
    run(seed);
  }
}
