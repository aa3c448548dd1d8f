package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.ScheduledShard.costOf;
import static io.rivulet.testkit.engine.ScheduledShard.fair;
import static io.rivulet.testkit.engine.ScheduledShard.limited;
import static io.rivulet.testkit.engine.ScheduledShard.ordered;
import static io.rivulet.testkit.engine.ScheduledShard.priorityOf;
import static io.rivulet.testkit.engine.ScheduledShard.tenantOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.shard.QueueCount;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is served next, under a simulated clock. */
final class SchedulingTest {
  private final ScheduledShard shard = new ScheduledShard(1);

  private void begin(TopicType type, Scheduling scheduling) {
    shard.topic("jobs", type);
    shard.group(scheduling);
    shard.follow("jobs");
  }

  private List<DeliveredMessage> takeAndAcknowledge(int max) {
    List<DeliveredMessage> taken = shard.take("jobs", "w", max);
    shard.acknowledge(taken);
    return taken;
  }

  private Map<String, Integer> countByTenant(int messages) {
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < messages; i++) {
      takeAndAcknowledge(1).forEach(each -> counts.merge(tenantOf(each), 1, Integer::sum));
    }
    return counts;
  }

  // ---- priority

  @Test
  void aHighPriorityIsNextHoweverManyLowOnesWait() {
    begin(TopicType.PRIORITY, Scheduling.PLAIN);
    shard.sendWithPriority("jobs", 0, 20_000);
    takeAndAcknowledge(1);
    shard.sendWithPriority("jobs", 255, 1);

    assertThat(shard.take("jobs", "w", 1)).extracting(ScheduledShard::priorityOf).containsOnly(255);
  }

  @Test
  void aRedeliveredMessageKeepsItsPriority() {
    begin(TopicType.PRIORITY, Scheduling.PLAIN);
    shard.sendWithPriority("jobs", 0, 5);
    shard.sendWithPriority("jobs", 7, 1);
    assertThat(priorityOf(shard.take("jobs", "w", 1).getFirst())).isEqualTo(7);
    shard.sendWithPriority("jobs", 3, 1);
    shard.pass(31_000);

    assertThat(shard.take("jobs", "w", 3))
        .extracting(ScheduledShard::priorityOf)
        .containsExactly(7, 3, 0);
  }

  @Test
  void prioritiesWithWeightsShareInProportion() {
    begin(TopicType.PRIORITY, ordered(new PriorityRule.Weighted(Map.of(9, 6, 5, 3, 0, 1))));
    for (int priority : new int[] {0, 5, 9}) {
      shard.sendWithPriority("jobs", priority, 200);
    }

    Map<Integer, Integer> counts = new HashMap<>();
    for (int i = 0; i < 10; i++) {
      takeAndAcknowledge(10).forEach(each -> counts.merge(priorityOf(each), 1, Integer::sum));
    }

    assertThat(counts.get(9)).isBetween(59, 61);
    assertThat(counts.get(5)).isBetween(29, 31);
    assertThat(counts.get(0)).isBetween(9, 11);
  }

  @Test
  void withAgingTheLowestMovesAfterALevelsWaitForEachLevel() {
    begin(TopicType.PRIORITY, ordered(new PriorityRule.Aging(Duration.ofSeconds(10))));
    shard.sendWithPriority("jobs", 0, 2);
    List<Integer> order = new ArrayList<>();
    for (int second = 0; second < 80; second++) {
      shard.sendWithPriority("jobs", 3, 2);
      order.add(priorityOf(takeAndAcknowledge(1).getFirst()));
      shard.pass(1000);
    }

    // High ones pile up by one a second: the oldest of them has waited for half of the time.
    assertThat(order.subList(0, 55)).containsOnly(3);
    assertThat(order).contains(0);
  }

  @Test
  void aLiteTopicHasThePriorityOfItsNewestMessageThatNamesOne() {
    shard.topic("chat", TopicType.FIFO);
    shard.group(Scheduling.PLAIN);
    shard.follow("chat");
    shard.send(shard.message("chat").messageGroup("slow"));
    shard.send(shard.message("chat").messageGroup("quick"));
    shard.send(
        shard.message("chat").messageGroup("quick").properties(Map.of("rivulet-priority", "5")));

    assertThat(shard.take("chat", "w", 3))
        .extracting(each -> each.message().message().messageGroup())
        .containsExactly("quick", "quick", "slow");
  }

  // ---- rates

  @Test
  void aRateIsNeverExceededAndAlwaysUsed() {
    Rate rate = new Rate(50, 5);
    begin(TopicType.NORMAL, limited(new Limits(Optional.of(rate), Optional.empty(), 0)));
    shard.send("jobs", "t", 700, 1);

    List<Long> times = consume(10_000, 4);

    new Windows(rate).check(times, times.stream().map(_ -> 1).toList(), 0, 10_000);
  }

  @Test
  void aCostRateIsNeverExceededAndAlwaysUsed() {
    Rate rate = new Rate(1000, 400);
    begin(TopicType.NORMAL, limited(new Limits(Optional.empty(), Optional.of(rate), 0)));
    for (int i = 0; i < 400; i++) {
      shard.send("jobs", "t", 1, 1 + shard.random.nextInt(300));
    }

    costs.clear();
    List<Long> times = consume(10_000, 1);

    new Windows(rate).check(times, costs, 300, 10_000);
  }

  private final List<Integer> costs = new ArrayList<>();

  /** Polls without a pause; the time of each delivery since the beginning. */
  private List<Long> consume(long millis, int batch) {
    List<Long> times = new ArrayList<>();
    CompletableFuture<Outcome<List<DeliveredMessage>>> poll = null;
    for (long now = 0; now < millis; now++) {
      if (poll == null) {
        poll = shard.poll("jobs", "w", batch, Duration.ofSeconds(20));
      }
      shard.driver.settle();
      if (poll.isDone()) {
        for (DeliveredMessage each : poll.join().value()) {
          times.add(now);
          costs.add(costOf(each));
        }
        shard.acknowledge(poll.join().value());
        poll = null;
      }
      shard.pass(1);
    }
    return times;
  }

  @Test
  void aRateChangedAtRunTimeIsInForceAtOnce() {
    begin(TopicType.NORMAL, limited(new Limits(Optional.of(Rate.of(1)), Optional.empty(), 0)));
    shard.send("jobs", "t", 200, 1);
    takeAndAcknowledge(10);
    CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
        shard.poll("jobs", "w", 10, Duration.ofSeconds(20));
    shard.pass(100);
    assertThat(waiting).isNotDone();

    shard.group(limited(new Limits(Optional.of(Rate.of(1000)), Optional.empty(), 0)));

    assertThat(waiting).isDone();
    assertThat(waiting.join().value()).isNotEmpty();
  }

  @Test
  void aLimitedGroupSleepsUntilThereIsAllowance() {
    begin(TopicType.NORMAL, limited(new Limits(Optional.of(Rate.of(0.1)), Optional.empty(), 0)));
    shard.send("jobs", "t", 1000, 1);
    takeAndAcknowledge(1);
    var _ = shard.poll("jobs", "w", 1, Duration.ofSeconds(60));
    shard.driver.settle();

    int busyTurns = 0;
    for (int i = 0; i < 1000; i++) {
      shard.driver.pass(1);
      busyTurns += shard.shard().shard().turn() ? 1 : 0;
    }

    // Housekeeping, once a second; and checkpoints.
    assertThat(busyTurns).isLessThan(5);
  }

  @Test
  void eachKeyHasItsOwnRate() {
    begin(
        TopicType.NORMAL,
        fair(Map.of(), new Limits(Optional.of(new Rate(10, 1)), Optional.empty(), 0)));
    shard.send("jobs", "a", 100, 1);
    shard.send("jobs", "b", 3, 1);

    List<DeliveredMessage> first = takeAndAcknowledge(10);
    assertThat(first).extracting(ScheduledShard::tenantOf).containsExactlyInAnyOrder("a", "b");
    assertThat(takeAndAcknowledge(10)).isEmpty();
    shard.pass(100);
    assertThat(takeAndAcknowledge(10))
        .extracting(ScheduledShard::tenantOf)
        .containsExactlyInAnyOrder("a", "b");
  }

  // ---- concurrency

  @Test
  void aGroupHoldsNoMoreThanItsConcurrency() {
    begin(TopicType.NORMAL, limited(new Limits(Optional.empty(), Optional.empty(), 3)));
    shard.send("jobs", "t", 10, 1);

    List<DeliveredMessage> first = shard.take("jobs", "w", 10);
    assertThat(first).hasSize(3);
    CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
        shard.poll("jobs", "w", 10, Duration.ofSeconds(20));
    shard.driver.settle();
    assertThat(waiting).isNotDone();

    shard.acknowledge(first.subList(0, 2));

    assertThat(waiting.join().value()).hasSize(2);
  }

  @Test
  void aKeyHoldsNoMoreThanItsConcurrencyAndOthersGoOn() {
    begin(TopicType.NORMAL, fair(Map.of(), new Limits(Optional.empty(), Optional.empty(), 2)));
    shard.send("jobs", "a", 10, 1);
    shard.send("jobs", "b", 1, 1);

    List<DeliveredMessage> first = shard.take("jobs", "w", 10);
    assertThat(first).extracting(ScheduledShard::tenantOf).containsExactlyInAnyOrder("a", "a", "b");
    CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
        shard.poll("jobs", "w", 10, Duration.ofSeconds(20));
    shard.driver.settle();
    assertThat(waiting).isNotDone();

    shard.acknowledge(first);

    assertThat(waiting.join().value()).hasSize(2);
  }

  @Test
  void aClientHoldsNoMoreThanItsConcurrency() {
    begin(
        TopicType.NORMAL,
        new Scheduling(Limits.NONE, 2, new PriorityRule.Strict(), Optional.empty(), false));
    shard.send("jobs", "t", 10, 1);

    assertThat(shard.take("jobs", "w1", 10)).hasSize(2);
    assertThat(shard.take("jobs", "w1", 10)).isEmpty();
    assertThat(shard.take("jobs", "w2", 10)).hasSize(2);
  }

  @Test
  void whatAClientHoldsCountsAgainWhenALimitThatWasLiftedIsSetAgain() {
    Scheduling limited =
        new Scheduling(Limits.NONE, 2, new PriorityRule.Strict(), Optional.empty(), false);
    begin(TopicType.NORMAL, limited);
    shard.send("jobs", "t", 10, 1);
    assertThat(shard.take("jobs", "w", 2)).hasSize(2);

    shard.group(Scheduling.PLAIN);
    shard.group(limited);

    assertThat(shard.take("jobs", "w", 10)).isEmpty();
  }

  @Test
  void leasesFoundAfterACrashCount() {
    begin(TopicType.NORMAL, limited(new Limits(Optional.empty(), Optional.empty(), 3)));
    shard.send("jobs", "t", 10, 1);
    shard.take("jobs", "w", 2);
    shard.driver.crash(Integer.MAX_VALUE, 0, false);

    assertThat(shard.take("jobs", "w", 10)).hasSize(1);
  }

  // ---- fairness

  @Test
  void aFloodDoesNotKeepOthersWaiting() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "flood", 5000, 1);
    shard.send("jobs", "light", 3, 1);

    assertThat(countByTenant(6)).containsEntry("light", 3).containsEntry("flood", 3);
  }

  @Test
  void keysShareByWeight() {
    begin(TopicType.NORMAL, fair(Map.of("gold", 4)));
    shard.send("jobs", "gold", 200, 1);
    shard.send("jobs", "free", 200, 1);

    Map<String, Integer> counts = countByTenant(100);

    assertThat(counts.get("gold")).isBetween(79, 81);
  }

  @Test
  void aKeyThatWasAwayCannotSaveUp() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "busy", 200, 1);
    countByTenant(100);
    shard.send("jobs", "late", 100, 1);

    assertThat(countByTenant(20).get("late")).isBetween(9, 11);
  }

  @Test
  void fairnessHoldsWithinOneReply() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "a", 100, 1);
    shard.send("jobs", "b", 100, 1);

    assertThat(shard.take("jobs", "w", 10))
        .extracting(ScheduledShard::tenantOf)
        .containsExactly("a", "b", "a", "b", "a", "b", "a", "b", "a", "b");
  }

  @Test
  void messagesOfOneKeyComeInOrder() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "a", 50, 3);
    shard.send("jobs", "b", 50, 1);

    List<String> ids =
        shard.take("jobs", "w", 100).stream()
            .filter(each -> tenantOf(each).equals("a"))
            .map(each -> each.message().message().id())
            .toList();

    assertThat(ids).hasSize(50);
    assertThat(ids.getFirst()).isEqualTo("m1");
    assertThat(ids.getLast()).isEqualTo("m50");
  }

  @Test
  void aSuspendedKeyIsPassedOverUntilItsTimeAlsoAfterARestart() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "a", 4, 1);
    shard.send("jobs", "b", 4, 1);
    suspend("a", Duration.ofSeconds(20));

    assertThat(countByTenant(2)).containsOnlyKeys("b");
    shard.driver.crash(Integer.MAX_VALUE, 0, false);
    assertThat(countByTenant(8)).containsOnlyKeys("b");
    CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
        shard.poll("jobs", "w", 2, Duration.ofSeconds(60));
    shard.pass(19_900);
    assertThat(waiting).isNotDone();
    shard.pass(200);

    assertThat(waiting.join().value())
        .extracting(each -> tenantOf(each) + each.attempt())
        .containsExactly("a1", "a1");
  }

  @Test
  void aSuspendedKeyMayGoOnEarlier() {
    begin(TopicType.NORMAL, fair(Map.of()));
    shard.send("jobs", "a", 4, 1);
    suspend("a", Duration.ofSeconds(20));
    CompletableFuture<Outcome<List<DeliveredMessage>>> waiting =
        shard.poll("jobs", "w", 2, Duration.ofSeconds(60));
    shard.driver.settle();
    assertThat(waiting).isNotDone();

    suspend("a", Duration.ZERO);

    assertThat(waiting).isDone();
  }

  private void suspend(String key, Duration duration) {
    shard.await(shard.shard().suspendKey(ScheduledShard.GROUP, key, duration)).value();
  }

  @Test
  void queuesOfKeysGoWithTheirLastMessages() {
    begin(TopicType.NORMAL, fair(Map.of()));
    for (int i = 0; i < 100; i++) {
      shard.send("jobs", "tenant" + i, 1, 1);
    }
    assertThat(takeAndAcknowledge(100)).hasSize(100);
    shard.send("jobs", "unread", 1, 1);
    shard.pass(10_000);
    assertThat(QueueCount.of(shard.shard())).isEqualTo(101);

    for (int day = 0; day < 16; day++) {
      shard.pass(Duration.ofHours(12).toMillis());
    }

    assertThat(QueueCount.of(shard.shard())).isLessThan(3);
    shard.send("jobs", "tenant1", 1, 1);
    assertThat(takeAndAcknowledge(10)).extracting(ScheduledShard::tenantOf).contains("tenant1");
  }

  @Test
  void alsoMessagesThatMakeTheTopicHaveTheKeysOfTheGroupThatPollsForIt() {
    shard.group(fair(Map.of(), new Limits(Optional.empty(), Optional.empty(), 1)));
    CompletableFuture<Outcome<List<DeliveredMessage>>> polling =
        shard.poll("jobs", "w", 10, Duration.ofSeconds(20));
    shard.driver.settle();

    List<Message> messages =
        Stream.of("a", "a", "b")
            .map(tenant ->
                shard.message("jobs").properties(ScheduledShard.properties(tenant, 1)).build())
            .toList();
    shard.await(shard.shard().send("producer", messages)).forEach(Outcome::value);

    assertThat(polling.join().value())
        .extracting(ScheduledShard::tenantOf)
        .containsExactly("a", "b");
  }

  @Test
  void turnedOnWhileMessagesWaitItHoldsFromThenOn() {
    begin(TopicType.NORMAL, Scheduling.PLAIN);
    shard.send("jobs", "a", 10, 1);
    shard.group(fair(Map.of()));
    shard.send("jobs", "b", 100, 1);
    shard.send("jobs", "c", 100, 1);

    Map<String, Integer> counts = countByTenant(30);

    assertThat(counts.get("b")).isEqualTo(counts.get("c"));
  }
}
