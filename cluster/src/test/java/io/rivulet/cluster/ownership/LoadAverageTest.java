package io.rivulet.cluster.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LoadAverageTest {
  private final LoadAverage load =
      new LoadAverage(Duration.ofSeconds(5), Duration.ofMinutes(5), OptionalLong.empty());

  @Test
  void atFirstAllCountsTheSame() {
    load.add(900);
    load.add(0);
    load.add(300);
    assertThat(load.average()).isCloseTo(400, within(0.01));
  }

  @Test
  void itIsKnownAfterItsTime() {
    for (int i = 0; i < 11; i++) {
      load.add(10);
      assertThat(load.isKnown()).isFalse();
    }
    load.add(10);
    assertThat(load.isKnown()).isTrue();
  }

  @Test
  void laterABurstCountsLittleAndWhatLastsCounts() {
    for (int i = 0; i < 120; i++) {
      load.add(100);
    }
    load.add(6100);
    assertThat(load.average()).isCloseTo(200, within(1.0));
    for (int i = 0; i < 60; i++) {
      load.add(1000);
    }
    assertThat(load.average()).isCloseTo(1000 - 800 / Math.E, within(10.0));
  }

  @Test
  void whoTakesAShardGoesOnFromWhatWasKnownOfIt() {
    LoadAverage taken =
        new LoadAverage(Duration.ofSeconds(5), Duration.ofMinutes(5), OptionalLong.of(1000));
    assertThat(taken.isKnown()).isTrue();
    taken.add(0);
    assertThat(taken.average()).isCloseTo(1000 - 1000 / 60.0, within(1.0));
  }
}
