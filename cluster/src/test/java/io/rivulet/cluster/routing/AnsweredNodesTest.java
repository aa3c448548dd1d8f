package io.rivulet.cluster.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.testkit.time.SimulatedClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class AnsweredNodesTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final AnsweredNodes answered = new AnsweredNodes(clock);

  @Test
  void whatANodeWasAnsweredLastMayBeLostWithItHoweverLongThatWentUnnoticed() {
    answered.answered("a", "c1");
    clock.advanceMillis(40_000);

    AnsweredNodes.Doubt doubt = answered.lost("a");

    assertThat(doubt.clients()).containsExactly("c1");
    assertThat(doubt.within()).isBetween(Duration.ofSeconds(40), Duration.ofSeconds(42));
  }

  @Test
  void aNodeThatAsksAgainHasHandedOnWhatItHadAMomentLater() {
    answered.answered("a", "c1");
    answered.asked("a", "c1");
    answered.answered("a", "c2");
    clock.advanceMillis(5_000);
    answered.asked("a", "c2");
    clock.advanceMillis(6_000);
    answered.answered("a", "c3");
    answered.asked("a", "c3");

    assertThat(answered.lost("a").clients()).containsExactly("c3");
  }

  @Test
  void otherNodesAndWhatWasSaidBeforeDoNotCount() {
    answered.answered("a", "c1");
    answered.answered("b", "c2");

    assertThat(answered.lost("b").clients()).containsExactly("c2");
    assertThat(answered.lost("b").clients()).isEmpty();
    assertThat(answered.lost("x").clients()).isEmpty();
  }

  @Test
  void whoeverIsNotPolledForAnyMoreIsForgotten() {
    answered.answered("a", "c1");
    clock.advanceMillis(Duration.ofHours(2).toMillis());
    answered.answered("a", "c2");

    assertThat(answered.lost("a").clients()).containsExactly("c2");
  }
}
