package io.rivulet.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.testkit.time.SimulatedClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LastAnswersTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final LastAnswers last = new LastAnswers(clock);

  @Test
  void whatWasSentLastMayBeLostHoweverLongThatWentUnnoticed() {
    last.answered("c1");
    clock.advanceMillis(40_000);

    LastAnswers.Doubt doubt = last.doubt();

    assertThat(doubt.clients()).containsExactly("c1");
    assertThat(doubt.within()).isBetween(Duration.ofSeconds(40), Duration.ofSeconds(42));
  }

  @Test
  void whoeverAsksAgainHasHandedOnWhatHeHadAMomentLater() {
    last.answered("c1");
    last.asked("c1");
    last.answered("c2");
    clock.advanceMillis(5_000);
    last.asked("c2");
    clock.advanceMillis(6_000);
    last.answered("c3");
    last.asked("c3");

    assertThat(last.doubt().clients()).containsExactly("c3");
  }

  @Test
  void anAnswerAfterTheLastQuestionIsInDoubtAgain() {
    last.answered("c1");
    last.asked("c1");
    last.answered("c1");
    clock.advanceMillis(20_000);

    assertThat(last.doubt().clients()).containsExactly("c1");
  }

  @Test
  void whoeverIsNotAskedForAnyMoreIsForgotten() {
    for (int i = 0; i < 1000; i++) {
      last.answered("gone" + i);
    }
    clock.advanceMillis(Duration.ofHours(2).toMillis());
    last.answered("c1");

    assertThat(last.doubt().clients()).containsExactly("c1");
  }
}
