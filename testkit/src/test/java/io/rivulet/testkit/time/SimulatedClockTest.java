package io.rivulet.testkit.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SimulatedClockTest {
  private final SimulatedClock clock = new SimulatedClock(1_000);

  @Test
  void timeStandsStillUntilAdvanced() {
    assertThat(clock.wallMillis()).isEqualTo(1_000);

    clock.advance(Duration.ofMillis(250));

    assertThat(clock.wallMillis()).isEqualTo(1_250);
    assertThat(clock.nanos()).isEqualTo(250_000_000);
  }

  @Test
  void theWallClockJumpsAlone() {
    clock.jumpWall(Duration.ofMillis(-500));

    assertThat(clock.wallMillis()).isEqualTo(500);
    assertThat(clock.nanos()).isZero();
  }

  @Test
  void timeDoesNotGoBack() {
    assertThatThrownBy(() -> clock.advance(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
