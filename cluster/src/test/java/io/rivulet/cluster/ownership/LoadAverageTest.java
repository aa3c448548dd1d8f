package io.rivulet.cluster.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LoadAverageTest {
  private final LoadAverage load =
      new LoadAverage(Duration.ofSeconds(5), Duration.ofMinutes(5), Duration.ofMinutes(1));

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
}
