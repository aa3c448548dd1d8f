package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.SimulatedTime;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final int BYTES = 1000;

  private final SimulatedTime time = new SimulatedTime();
  private final Pace pace = new Pace(10 * BYTES, time.clock(), time);
  private final Patience patience =
      new Patience() {
        @Override
        public <T> T await(CompletableFuture<T> future) {
          return time.until(future).join();
        }
      };

  private Duration took(int times) throws IOException {
    long before = time.clock().nanos();
    for (int i = 0; i < times; i++) {
      pace.take(BYTES, patience);
    }
    return Duration.ofNanos(time.clock().nanos() - before);
  }

  @Test
  void bytesAreSpreadEvenly() throws IOException {
    // The first go at once, and each of the others after those before it.
    assertThat(took(1)).isZero();
    assertThat(took(1)).isEqualTo(Duration.ofMillis(100));
    assertThat(took(9)).isEqualTo(Duration.ofMillis(900));
  }

  @Test
  void whatWasNotUsedIsNotSaved() throws IOException {
    took(1);
    time.pass(Duration.ofHours(1));

    assertThat(took(11)).isEqualTo(Duration.ofSeconds(1));
  }
}
