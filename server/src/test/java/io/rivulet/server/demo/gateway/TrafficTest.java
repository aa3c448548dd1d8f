package io.rivulet.server.demo.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What requests are made up. */
class TrafficTest {
  private static final Duration LENGTH = Duration.ofSeconds(20);

  private final List<Arrival> arrivals = Traffic.make(3, 30_000, LENGTH);

  @Test
  void theSameSeedMakesTheSameRequests() {
    assertThat(Traffic.make(3, 30_000, LENGTH)).isEqualTo(arrivals);
    assertThat(Traffic.make(4, 30_000, LENGTH)).isNotEqualTo(arrivals);
  }

  @Test
  void theyAreAsMuchWorkAsCanBeDoneInTheTime() {
    int tokens = arrivals.stream().mapToInt(Arrival::cost).sum();

    assertThat(tokens).isBetween(30_000, 31_000);
    assertThat(arrivals)
        .isSortedAccordingTo((one, other) -> Long.compare(one.atNanos(), other.atNanos()));
  }

  @Test
  void aLongerTimeStretchesThemAndChangesNothingElse() {
    List<Arrival> stretched = Traffic.make(3, 30_000, LENGTH.multipliedBy(3));

    assertThat(stretched)
        .extracting(Arrival::cost)
        .containsExactlyElementsOf(arrivals.stream().map(Arrival::cost).toList());
    assertThat(stretched.getLast().atNanos())
        .isCloseTo(3 * arrivals.getLast().atNanos(), within(3L));
  }

  @Test
  void mostOfItIsTheFloodOfOneTenant() {
    int flood =
        arrivals.stream()
            .filter(each -> each.caller() == Caller.ACME)
            .mapToInt(Arrival::cost)
            .sum();

    assertThat(flood).isBetween(21_000, 21_500);
  }

  @Test
  void somethingWaitsFromTheFloodToTheEnd() {
    // With a hundredth more speed than there is, the ideal is still busy when the last one comes.
    long readyNanos = Statistics.idealNanos(arrivals, 1515);

    assertThat(readyNanos).isGreaterThan(arrivals.getLast().atNanos());
  }
}
