package io.rivulet.server.demo.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.server.demo.gateway.PhaseFigures.WorkerFigures;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is made of what was measured. */
class PhaseFiguresTest {
  private static final long SECOND = 1_000_000_000;

  private static Served served(
      Caller caller, int cost, double sent, double begun, double done, WorkerKind worker) {
    return new Served(
        new Arrival(caller, (long) (sent * SECOND), cost),
        (long) (sent * SECOND),
        (long) (begun * SECOND),
        (long) (done * SECOND),
        worker);
  }

  /** Both workers as fast as they are; the slow one pauses for a second while work waits. */
  private final PhaseFigures figures =
      PhaseFigures.of(
          "test",
          List.of(
              served(Caller.ACME, 1000, 0, 0, 1, WorkerKind.FAST),
              served(Caller.ACME, 500, 0, 0, 1, WorkerKind.SLOW),
              served(Caller.BOLT, 2000, 0, 1, 3, WorkerKind.FAST),
              served(Caller.CLEO, 500, 0, 2, 3, WorkerKind.SLOW)),
          0);

  @Test
  void idleTimeCountsWhileSomethingWaits() {
    WorkerFigures fast = figures.workers().getFirst();
    WorkerFigures slow = figures.workers().getLast();

    assertThat(fast.idleNanos()).isZero();
    assertThat(slow.idleNanos()).isEqualTo(SECOND);
    assertThat(slow.busyNanos()).isEqualTo(2 * SECOND);
    assertThat(slow.tokensPerSecond()).isEqualTo(500);
  }

  @Test
  void theIdealIsWhatTheWorkersCanDoWithoutAPause() {
    assertThat(figures.capacity()).isEqualTo(1500);
    assertThat(figures.idealNanos()).isEqualTo(4000 * SECOND / 1500);
    assertThat(figures.behindIdeal()).isCloseTo(3 * 1500.0 / 4000 - 1, within(1e-6));
  }

  @Test
  void aWaitEndsWhenAWorkerBegins() {
    assertThat(figures.waitsOf(Caller.CLEO).maxNanos()).isEqualTo(2 * SECOND);
    assertThat(figures.waitsOf(Caller.ACME).p99Nanos()).isZero();
    assertThat(figures.waitsOf(Caller.VIP).count()).isZero();
  }

  @Test
  void sharesCountOnlyWhileAllTenantsWaitAndByWeight() {
    Sharing sharing =
        Sharing.of(
            List.of(
                served(Caller.ACME, 100, 0, 0, 1, WorkerKind.FAST),
                served(Caller.ACME, 100, 0, 2, 3, WorkerKind.FAST),
                served(Caller.BOLT, 400, 0.5, 1, 3, WorkerKind.SLOW),
                served(Caller.BOLT, 400, 0.5, 3, 5, WorkerKind.SLOW),
                served(Caller.CLEO, 100, 1, 3, 4, WorkerKind.FAST)));

    // From 1 s, when the last of the three has come, to 2 s, when acme has nothing more.
    assertThat(sharing.span()).isEqualTo(new Span(SECOND, 2 * SECOND));
    assertThat(sharing.tokens())
        .containsEntry(Caller.ACME, 0.0)
        .containsEntry(Caller.BOLT, 200.0)
        .containsEntry(Caller.CLEO, 0.0);
    assertThat(sharing.jain()).isCloseTo(1.0 / 3, within(1e-9));
    assertThat(
            new Sharing(
                    sharing.span(),
                    java.util.Map.of(Caller.ACME, 50.0, Caller.BOLT, 100.0, Caller.CLEO, 50.0))
                .jain())
        .isEqualTo(1);
  }
}
