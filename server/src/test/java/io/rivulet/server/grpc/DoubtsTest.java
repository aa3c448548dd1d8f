package io.rivulet.server.grpc;

import static io.rivulet.server.grpc.Doubts.MOMENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.LastAnswers.Doubt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DoubtsTest {
  private static final Duration NEW = Duration.ofSeconds(10);
  private static final Duration OLD = Duration.ofMinutes(1);

  private final List<Doubt> told = new ArrayList<>();
  private final List<Runnable> timers = new ArrayList<>();
  private final Doubts doubts = new Doubts(told::add, timers::add);

  @Test
  void connectionsThatEndTogetherAreToldOfTogether() {
    doubts.add(List.of(new Doubt(Set.of("c1"), NEW), new Doubt(Set.of("c2"), OLD)));
    doubts.add(List.of(new Doubt(Set.of("c3"), NEW)));
    doubts.add(List.of(new Doubt(Set.of("c1", "c4"), NEW)));
    assertThat(told).isEmpty();

    assertThat(timers).hasSize(1);
    timers.getFirst().run();

    assertThat(told)
        .containsExactly(
            new Doubt(Set.of("c1", "c3", "c4"), NEW.plus(MOMENT)),
            new Doubt(Set.of("c2"), OLD.plus(MOMENT)));
  }

  @Test
  void whatComesLaterIsToldOfByItself() {
    doubts.add(List.of(new Doubt(Set.of("c1"), NEW)));
    timers.getFirst().run();
    doubts.add(List.of(new Doubt(Set.of("c2"), NEW)));

    assertThat(timers).hasSize(2);
    timers.getLast().run();

    assertThat(told)
        .containsExactly(
            new Doubt(Set.of("c1"), NEW.plus(MOMENT)), new Doubt(Set.of("c2"), NEW.plus(MOMENT)));
  }

  @Test
  void nothingIsLeftUntoldAtTheEnd() {
    doubts.add(List.of());
    assertThat(timers).isEmpty();
    doubts.add(List.of(new Doubt(Set.of("c1"), NEW)));

    doubts.tell();
    timers.getFirst().run();

    assertThat(told).containsExactly(new Doubt(Set.of("c1"), NEW.plus(MOMENT)));
  }
}
