package io.rivulet.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.testkit.time.SimulatedClock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class LastAnswersTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final LastAnswers last = new LastAnswers(clock);

  @Test
  void whatWasSentLastMayBeLostHoweverLongThatWentUnnoticed() {
    last.answered("c1");
    clock.advanceMillis(40_000);

    assertThat(last.doubts())
        .containsExactly(new LastAnswers.Doubt(Set.of("c1"), Duration.ofMinutes(1)));
  }

  @Test
  void whatIsKnownNotToHaveArrivedIsInDoubtThoughItWasConfirmed() {
    last.answered("c1");
    last.asked("c1");
    clock.advanceMillis(20_000);

    assertThat(last.doubt("c1"))
        .contains(new LastAnswers.Doubt(Set.of("c1"), Duration.ofMinutes(1)));
    assertThat(last.doubt("c2")).isEmpty();
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

    assertThat(doubted()).containsExactly("c3");
  }

  @Test
  void anAnswerAfterTheLastQuestionIsInDoubtAgain() {
    last.answered("c1");
    last.asked("c1");
    last.answered("c1");
    clock.advanceMillis(20_000);

    assertThat(doubted()).containsExactly("c1");
  }

  @Test
  void theOldestThatWasNotConfirmedCounts() {
    last.answered("c1");
    clock.advanceMillis(50_000);
    last.answered("c1");
    last.answered("c2");
    clock.advanceMillis(5_000);

    assertThat(last.doubts())
        .containsExactly(
            new LastAnswers.Doubt(Set.of("c2"), Duration.ofSeconds(10)),
            new LastAnswers.Doubt(Set.of("c1"), Duration.ofMinutes(1)));
  }

  @Test
  void whatArrivedLateIsHandedOnAfterThat() {
    last.answered("c1");
    clock.advanceMillis(20_000);
    last.asked("c1");
    clock.advanceMillis(2_000);
    assertThat(doubted()).containsExactly("c1");

    clock.advanceMillis(2_000);
    assertThat(doubted()).isEmpty();
  }

  private List<String> doubted() {
    return last.doubts().stream().flatMap(each -> each.clients().stream()).toList();
  }

  @Test
  void whoeverIsNotAskedForAnyMoreIsForgotten() {
    for (int i = 0; i < 1000; i++) {
      last.answered("gone" + i);
    }
    clock.advanceMillis(Duration.ofHours(2).toMillis());
    last.answered("c1");

    assertThat(doubted()).containsExactly("c1");
  }
}
