package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.ScheduledShard.GROUP;
import static io.rivulet.testkit.engine.ScheduledShard.fair;
import static io.rivulet.testkit.engine.ScheduledShard.limited;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rivulet.engine.group.SchedulingView;
import io.rivulet.engine.group.SchedulingView.HeldBackBy;
import io.rivulet.engine.group.WaitEstimate;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What people are told of how a group is served. */
final class SurveyTest {
  private final ScheduledShard shard = new ScheduledShard(3);

  private void begin(TopicType type, Scheduling scheduling) {
    shard.topic("jobs", type);
    shard.group(scheduling);
    shard.follow("jobs");
  }

  private SchedulingView view() {
    return shard.await(shard.shard().describeScheduling(GROUP, 10)).value();
  }

  private WaitEstimate estimate(int priority, String key) {
    return shard.await(shard.shard().estimateWait(GROUP, priority, key)).value();
  }

  @Test
  void whatWaitsIsAddedUpByPriority() {
    begin(TopicType.PRIORITY, Scheduling.PLAIN);
    long start = shard.driver.clock.wallMillis();
    shard.sendWithPriority("jobs", 9, 3);
    shard.pass(1000);
    shard.sendWithPriority("jobs", 1, 5);
    shard.take("jobs", "w", 1);

    SchedulingView view = view();

    assertThat(view.leased()).isEqualTo(1);
    assertThat(view.heldBackBy()).isEqualTo(HeldBackBy.NOTHING);
    assertThat(view.classes())
        .extracting(each -> each.priority() + ":" + each.waiting().messages())
        .containsExactly("9:2", "1:5");
    assertThat(view.classes().get(0).waiting().oldestMillis()).isEqualTo(start);
    assertThat(view.classes().get(1).waiting().oldestMillis()).isEqualTo(start + 1000);
  }

  @Test
  void keysWithTheMostCostComeFirst() {
    begin(TopicType.NORMAL, fair(Map.of("gold", 4)));
    shard.send("jobs", "gold", 2, 10);
    shard.send("jobs", "free", 30, 5);
    shard.await(shard.shard().suspendKey(GROUP, "free", Duration.ofMinutes(1))).value();

    SchedulingView view = view();

    assertThat(view.keys()).isEqualTo(2);
    assertThat(view.topKeys()).extracting(SchedulingView.Key::key).containsExactly("free", "gold");
    assertThat(view.topKeys().get(0).waiting().cost()).isEqualTo(150);
    assertThat(view.topKeys().get(0).suspendedUntilMillis()).isPositive();
    assertThat(view.topKeys().get(1).weight()).isEqualTo(4);
  }

  @Test
  void theGateThatHoldsTheGroupBackIsNamed() {
    begin(TopicType.NORMAL, limited(new Limits(Optional.of(Rate.of(0.5)), Optional.empty(), 0)));
    shard.send("jobs", "", 10, 1);
    shard.take("jobs", "w", 1);
    var _ = shard.poll("jobs", "w", 1, Duration.ofSeconds(20));
    shard.driver.settle();

    assertThat(view().heldBackBy()).isEqualTo(HeldBackBy.MESSAGE_RATE);
  }

  @Test
  void ratesAreThoseOfTheLastSeconds() {
    begin(TopicType.NORMAL, Scheduling.PLAIN);
    shard.send("jobs", "", 600, 3);
    for (int i = 0; i < 600; i++) {
      shard.acknowledge(shard.take("jobs", "w", 1));
      shard.pass(100);
    }

    assertThat(view().served().messages()).isCloseTo(10, within(1.0));
    assertThat(view().served().cost()).isCloseTo(30, within(3.0));
  }

  @Test
  void aNewMessageIsToldItsPlaceAndItsWait() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "flood", 600, 1);
    for (int i = 0; i < 500; i++) {
      shard.acknowledge(shard.take("jobs", "w", 1));
      shard.pass(100);
    }

    WaitEstimate ofTheFlood = estimate(-1, "flood");
    assertThat(ofTheFlood.position()).isEqualTo(101);
    assertThat((double) ofTheFlood.waitMillis().orElseThrow()).isCloseTo(10_000, within(1000.0));
    assertThat(estimate(-1, "light").position()).isLessThanOrEqualTo(2);
  }

  @Test
  void whereNothingIsServedNobodyKnowsTheWait() {
    begin(TopicType.NORMAL, Scheduling.PLAIN);
    assertThat(estimate(-1, "").waitMillis()).hasValue(0);
    shard.send("jobs", "", 10, 1);

    assertThat(estimate(-1, "").position()).isEqualTo(11);
    assertThat(estimate(-1, "").waitMillis()).isEmpty();
  }
}
