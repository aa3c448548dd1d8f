package io.rivulet.server.demo.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Sums of stretches of time. */
class SpanTest {
  @Test
  void aUnionHasNoOverlapsAndNoEmptyStretches() {
    List<Span> spans =
        List.of(
            new Span(50, 60), new Span(0, 10), new Span(5, 20), new Span(20, 30), new Span(7, 7));

    assertThat(Span.union(spans)).containsExactly(new Span(0, 30), new Span(50, 60));
  }

  @Test
  void bothIsTheTimeInBoth() {
    List<Span> one = List.of(new Span(0, 30), new Span(50, 60));
    List<Span> other = List.of(new Span(20, 55));

    assertThat(Span.both(one, other)).containsExactly(new Span(20, 30), new Span(50, 55));
  }

  @Test
  void whatAUnionLeavesFreeIsBeforeBetweenAndBehindIt() {
    List<Span> union = List.of(new Span(10, 20), new Span(40, 50));

    assertThat(new Span(0, 60).without(union))
        .containsExactly(new Span(0, 10), new Span(20, 40), new Span(50, 60));
    assertThat(new Span(0, 60).without(List.of())).containsExactly(new Span(0, 60));
  }
}
