package io.rivulet.server.demo.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The figures against what can be worked out by hand. */
class StatisticsTest {
  @Test
  void aPercentileIsTheSmallestValueThatEnoughDoNotExceed() {
    List<Long> hundred = LongStream.rangeClosed(1, 100).boxed().toList().reversed();

    assertThat(Statistics.percentile(hundred, 0.5)).isEqualTo(50);
    assertThat(Statistics.percentile(hundred, 0.99)).isEqualTo(99);
    assertThat(Statistics.percentile(hundred, 1)).isEqualTo(100);
  }

  @Test
  void ofFewValuesThe99thPercentileIsTheLargest() {
    assertThat(Statistics.percentile(List.of(7L, 3L), 0.99)).isEqualTo(7);
    assertThat(Statistics.percentile(List.of(7L, 3L), 0.5)).isEqualTo(3);
    assertThat(Statistics.percentile(List.of(5L), 0.5)).isEqualTo(5);
  }

  @Test
  void ofNoValuesAPercentileIsZero() {
    assertThat(Statistics.percentile(List.of(), 0.99)).isZero();
  }

  @Test
  void jainsIndexIsOneIfAllAreEqualAndAnNthIfOneHasAll() {
    assertThat(Statistics.jain(List.of(3.0, 3.0, 3.0))).isEqualTo(1);
    assertThat(Statistics.jain(List.of(8.0, 0.0, 0.0, 0.0))).isEqualTo(0.25);
    assertThat(Statistics.jain(List.of(0.0, 0.0))).isEqualTo(1);
  }

  @Test
  void jainsIndexOfUnequalShares() {
    // (1 + 2 + 3)² / (3 · (1 + 4 + 9))
    assertThat(Statistics.jain(List.of(1.0, 2.0, 3.0))).isCloseTo(36.0 / 42, within(1e-12));
  }

  @Test
  void theIdealWorksWhileThereIsWorkAndWaitsForWhatHasNotCome() {
    List<Arrival> arrivals =
        List.of(
            new Arrival(Caller.ACME, 0, 100),
            new Arrival(Caller.BOLT, 50_000_000, 100),
            new Arrival(Caller.VIP, 1_000_000_000, 100));

    // 0.1 s each: the first two without a pause, the third when it comes.
    assertThat(Statistics.idealNanos(arrivals.subList(0, 2), 1000)).isEqualTo(200_000_000);
    assertThat(Statistics.idealNanos(arrivals, 1000)).isEqualTo(1_100_000_000);
  }
}
