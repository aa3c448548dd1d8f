package io.rivulet.bench.scale;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.bench.ServerProcess;
import io.rivulet.bench.overtaking.Figures;
import io.rivulet.bench.overtaking.Levels;
import io.rivulet.bench.overtaking.Overtaking;
import io.rivulet.bench.overtaking.RawUrgentQueue;
import io.rivulet.bench.overtaking.UrgentQueue;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Urgent messages behind a backlog of two thousand. */
final class OvertakingTest {
  private static final int BACKLOG = 2_000;
  private static final int ROUNDS = 20;
  private static final int HOLD = 8;

  private static ServerProcess server;

  @BeforeAll
  static void start() {
    server = ServerProcess.start(Map.of("RIVULET_LOG_DURABILITY", "interval"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void anUrgentMessageIsTheVeryNext() {
    try (UrgentQueue queue = queue("rested")) {
      Overtaking overtaking = backlogIn(queue);

      Figures figures = overtaking.rested(ROUNDS, Duration.ZERO);

      assertThat(figures.rounds()).isEqualTo(ROUNDS);
      assertThat(figures.mostBefore()).isZero();
    }
  }

  @Test
  void onlyWhatABusyConsumerHoldsAlreadyComesBeforeIt() {
    try (UrgentQueue queue = queue("busy")) {
      Overtaking overtaking = backlogIn(queue);

      Figures figures = overtaking.busy(ROUNDS, HOLD, 0);

      assertThat(figures.rounds()).isEqualTo(ROUNDS);
      assertThat(figures.mostBefore()).isBetween(1L, (long) HOLD);
      assertThat(figures.mostBeforeBeyondHeld()).isZero();
    }
  }

  private static UrgentQueue queue(String name) {
    return new RawUrgentQueue(server.endpoint(), name, name, new Levels(0, 7), 64, 8);
  }

  private static Overtaking backlogIn(UrgentQueue queue) {
    Overtaking overtaking = new Overtaking(queue, new byte[100], BACKLOG);
    overtaking.introduce();
    assertThat(overtaking.fill().requests()).isEqualTo(BACKLOG);
    return overtaking;
  }
}
