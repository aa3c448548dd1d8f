package io.rivulet.engine.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SubscriptionReportTest {
  private static SubscriptionReport report(long life, long logEnd, long number) {
    return new SubscriptionReport(1, 2, life, logEnd, number, List.of());
  }

  @Test
  void inOneLifeTheNumberTells() {
    assertThat(report(7, 100, 1).isBefore(report(7, 100, 2))).isTrue();
    assertThat(report(7, 100, 2).isBefore(report(7, 100, 1))).isFalse();
  }

  @Test
  void anOwnerThatWasPausedDoesNotSpeakForItsSuccessor() {
    SubscriptionReport paused = report(7, 100, 9);
    SubscriptionReport successor = report(3, 120, 1);
    assertThat(paused.isBefore(successor)).isTrue();
    assertThat(successor.isBefore(paused)).isFalse();
  }

  @Test
  void aSuccessorThatHasWrittenNothingYetIsHeard() {
    assertThat(report(3, 100, 1).isBefore(report(7, 100, 9))).isFalse();
  }
}
