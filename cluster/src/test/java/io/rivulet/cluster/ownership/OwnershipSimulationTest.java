package io.rivulet.cluster.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three to five nodes with the real ownership code and the real log on one thread, with models of
 * the metadata store and the ledgers: partitions of either direction, pauses, deaths, lost sessions
 * and answers, wrong hints. Whatever happens, for each place in each shard at most one record is
 * ever acknowledged, and whoever owns the shard next finds it there.
 *
 * <p>{@code -Drivulet.seed=N} runs one seed, {@code -Drivulet.seeds=N} as many as wanted.
 */
class OwnershipSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 300);
  private static final int STEPS = Integer.getInteger("rivulet.steps", 60);

  /** Seeds within which a broken rule must be seen. */
  private static final int MUTATION_SEEDS = 1000;

  private static final Pattern VIOLATION =
      Pattern.compile("acknowledged was|acknowledged is missing|as another one did|at offset");

  private static Truth run(long seed, Mutation mutation) {
    RandomGenerator dice = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    Storm storm = new Storm(dice, mutation);
    try {
      storm.run(STEPS);
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed %d (-Drivulet.seed=%d): %s".formatted(seed, seed, e), e);
    }
    return storm.truth();
  }

  @Test
  void noSeedShowsWhatMustNotBe() {
    Long one = Long.getLong("rivulet.seed");
    if (one != null) {
      run(one, Mutation.NONE);
      return;
    }
    long acknowledgements = 0;
    long takeOvers = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      Truth truth = run(seed, Mutation.NONE);
      acknowledgements += truth.acknowledgements();
      takeOvers += truth.takeOvers();
    }
    // Otherwise it would not be worth much.
    assertThat(acknowledgements).isGreaterThan(100L * SEEDS);
    assertThat(takeOvers).isGreaterThan(10L * SEEDS);
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void aRuleThatIsBrokenIsSeen(Mutation mutation) {
    boolean isSeen = false;
    for (long seed = 1; seed <= MUTATION_SEEDS && !isSeen; seed++) {
      try {
        var _ = run(seed, mutation);
      } catch (AssertionError e) {
        // That a shard cannot be served any more may be the end of it, too, but says less.
        isSeen = VIOLATION.matcher(String.valueOf(e.getMessage())).find();
      }
    }

    assertThat(isSeen).isTrue();
  }
}
