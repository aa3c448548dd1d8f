package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.ScheduledShard.fair;
import static io.rivulet.testkit.engine.ScheduledShard.limited;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.GroupStats;
import io.rivulet.engine.group.GroupStats.HeldBack;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.scheduling.SchedulingBounds;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What metrics are told of groups and their gates; each group follows a topic of its own name. */
final class GroupStatsTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private ShardDriver driver = new ShardDriver(EngineConfig.defaults(), new Random(1));
  private int ids;

  private void tellApart(int groups) {
    bounds(groups, 1000, 1024);
  }

  private void bounds(int groups, int costs, int polls) {
    EngineConfig config =
        EngineConfig.defaults().toBuilder()
            .scheduling(new SchedulingBounds(groups, costs, 2, polls))
            .build();
    driver = new ShardDriver(config, new Random(1));
  }

  private <T> T settled(CompletableFuture<T> reply) {
    driver.settle();
    return reply.join();
  }

  private void group(String name, Scheduling scheduling) {
    settled(driver.shard().defineTopic(TopicDefinition.of(name, TopicType.NORMAL))).value();
    settled(driver.shard().defineGroup(GroupDefinition.standard(name).with(scheduling))).value();
    settled(driver.shard().subscribe(name, name, Filter.all())).value();
  }

  private void group(String name) {
    group(name, Scheduling.PLAIN);
  }

  private void send(String topic, int count, Map<String, String> properties) {
    for (int i = 0; i < count; i++) {
      Message message =
          Message.builder(topic, "m" + ++ids, new byte[] {1}).properties(properties).build();
      settled(driver.shard().send("producer", List.of(message))).getFirst().value();
    }
  }

  private void send(String topic, int count) {
    send(topic, count, Map.of());
  }

  private CompletableFuture<Outcome<List<DeliveredMessage>>> poll(
      String group, int most, Duration wait) {
    CompletableFuture<Outcome<List<DeliveredMessage>>> reply =
        driver
            .shard()
            .poll(
                new PollRequest(
                    group,
                    group,
                    "worker",
                    most,
                    Optional.of(Duration.ofHours(1)),
                    Filter.all(),
                    wait,
                    Optional.empty(),
                    true));
    driver.settle();
    return reply;
  }

  private List<DeliveredMessage> take(String group, int most) {
    return settled(poll(group, most, Duration.ZERO)).value();
  }

  private void takeAndAcknowledge(String group) {
    List<String> handles = take(group, 100).stream().map(DeliveredMessage::receiptHandle).toList();
    settled(driver.shard().acknowledge(group, handles)).forEach(Outcome::value);
  }

  /** What is known once the engine has looked again, which it does every second. */
  private EngineStats stats() {
    driver.pass(1000);
    driver.settle();
    return driver.shard().stats();
  }

  private List<String> names() {
    return stats().groups().stream().map(GroupStats::name).toList();
  }

  private GroupStats of(String name) {
    return stats().groups().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Scheduling perKey(Limits limits) {
    return fair(Map.of(), limits);
  }

  // ---- gates

  @Test
  void aGroupAtItsRateIsHeldBackUntilItMayHaveMore() {
    group("g", limited(new Limits(Optional.of(Rate.of(0.1)), Optional.empty(), 0)));
    send("g", 2);
    assertThat(take("g", 2)).hasSize(1);
    var _ = poll("g", 1, LONG);

    EngineStats.Gates closed = stats().gates();
    driver.pass(20_000);
    EngineStats.Gates open = stats().gates();

    assertThat(closed.groups()).isEqualTo(new HeldBack(1, 0, 0, 0));
    assertThat(closed.polls()).isEqualTo(1);
    assertThat(open).isEqualTo(EngineStats.Gates.NONE);
  }

  @Test
  void theGateOfEachGroupIsNamed() {
    group("costly", limited(new Limits(Optional.empty(), Optional.of(Rate.of(0.1)), 0)));
    group("full", limited(new Limits(Optional.empty(), Optional.empty(), 1)));
    group("free");
    for (String each : List.of("costly", "full", "free")) {
      send(each, 2);
      assertThat(take(each, 1)).hasSize(1);
      var _ = poll(each, 1, LONG);
    }

    EngineStats stats = stats();

    assertThat(stats.groups())
        .extracting(each -> each.name() + " " + each.heldBack())
        .containsExactlyInAnyOrder(
            "costly " + new HeldBack(0, 1, 0, 0),
            "full " + new HeldBack(0, 0, 1, 0),
            "free " + HeldBack.NONE,
            "_other " + HeldBack.NONE);
    assertThat(stats.gates().groups()).isEqualTo(new HeldBack(0, 1, 1, 0));
  }

  @Test
  void aSuspendedKeyThatHasSomethingWaitingIsClosedUntilItIsResumed() {
    group("g", fair(Map.of()));
    settled(driver.shard().suspendKey("g", "acme", Duration.ofHours(1))).value();
    send("g", 1, Map.of("tenant", "acme"));
    var poll = poll("g", 1, LONG);

    EngineStats.Gates suspended = stats().gates();
    long ofGroup = of("g").closedKeys();
    settled(driver.shard().suspendKey("g", "acme", Duration.ZERO)).value();

    assertThat(suspended).isEqualTo(new EngineStats.Gates(HeldBack.NONE, 0, 0, 1, 1));
    assertThat(ofGroup).isEqualTo(1);
    assertThat(poll.join().value()).hasSize(1);
    assertThat(stats().gates()).isEqualTo(EngineStats.Gates.NONE);
  }

  @Test
  void keysAtTheirOwnLimitsAreClosed() {
    group("rated", perKey(new Limits(Optional.of(Rate.of(0.1)), Optional.empty(), 0)));
    group("counted", perKey(new Limits(Optional.empty(), Optional.empty(), 1)));
    send("rated", 2, Map.of("tenant", "acme"));
    send("counted", 2, Map.of("tenant", "acme"));
    send("counted", 2, Map.of("tenant", "other"));
    var _ = poll("rated", 5, LONG);
    var _ = poll("rated", 5, LONG);
    var _ = poll("counted", 5, LONG);
    var _ = poll("counted", 5, LONG);

    EngineStats.Gates gates = stats().gates();

    assertThat(gates.keysAtRate()).isEqualTo(1);
    assertThat(gates.keysAtConcurrency()).isEqualTo(2);
    assertThat(gates.keysSuspended()).isZero();
  }

  // ---- bounds

  @Test
  void aCostThatComesAfterTooManyAcknowledgementsIsRefusedAndCounted() {
    bounds(1, 2, 1024);
    group("g", fair(Map.of()));
    send("g", 3, Map.of("tenant", "acme"));
    List<String> handles = take("g", 3).stream().map(DeliveredMessage::receiptHandle).toList();
    settled(driver.shard().acknowledge("g", handles)).forEach(Outcome::value);

    Outcome<Integer> late = settled(driver.shard().settle(handles.getFirst(), 7));
    Outcome<Integer> inTime = settled(driver.shard().settle(handles.getLast(), 7));

    assertThat(refusal(late).message()).contains("next 2 acknowledgements");
    assertThat(inTime.isOk()).isTrue();
    assertThat(stats().costs()).isEqualTo(new EngineStats.Costs(2, 1));
  }

  @Test
  void morePollsOfAGroupThanMayWaitAreRefusedAndCounted() {
    bounds(1, 1000, 1);
    group("g");
    var first = poll("g", 1, LONG);

    var second = poll("g", 1, LONG);

    assertThat(first.isDone()).isFalse();
    assertThat(refusal(second.join()).message()).contains("engine.max-waiting-polls");
    assertThat(stats().refusedPolls()).isEqualTo(1);
  }

  @Test
  void moreKeysThanAnAnswerMayNameAreRefused() {
    bounds(1, 1000, 1024);
    group("g", fair(Map.of()));

    assertThat(settled(driver.shard().describeScheduling("g", 2)).isOk()).isTrue();
    assertThat(refusal(settled(driver.shard().describeScheduling("g", 3))).message())
        .isEqualTo("top_keys is 0 to 2 (engine.max-top-keys), not 3");
  }

  private static Refusal refusal(Outcome<?> outcome) {
    return switch (outcome) {
      case Outcome.Refused<?>(Refusal refusal) -> refusal;
      case Outcome.Ok<?> ok -> throw new AssertionError(ok);
    };
  }

  // ---- single groups

  @Test
  void whatAGroupHasAndWasHandedIsCounted() {
    group("g");
    send("g", 5, Map.of("rivulet-cost", "10"));
    take("g", 2);

    assertThat(of("g")).isEqualTo(new GroupStats("g", 3, 2, 2, 20, 0, HeldBack.NONE));

    takeAndAcknowledge("g");

    assertThat(of("g")).isEqualTo(new GroupStats("g", 0, 2, 5, 50, 0, HeldBack.NONE));
  }

  @Test
  void whoDoesNothingHasNoEntry() {
    group("g");

    assertThat(names()).containsExactly(GroupStats.OTHERS);
  }

  @Test
  void theBusiestAreToldApartAndTheOthersAddedUp() {
    tellApart(1);
    List.of("small", "large", "middle").forEach(this::group);
    send("small", 1);
    send("large", 9);
    send("middle", 3);

    assertThat(stats().groups())
        .extracting(each -> each.name() + ":" + each.waiting())
        .containsExactly("large:9", "_other:4");
  }

  @Test
  void aGroupKeepsItsPlaceWhenAnotherBecomesBusier() {
    tellApart(1);
    group("first");
    group("second");
    send("first", 1);
    stats();
    send("second", 5);
    takeAndAcknowledge("second");

    EngineStats stats = stats();

    assertThat(stats.groups())
        .containsExactly(
            new GroupStats("first", 1, 0, 0, 0, 0, HeldBack.NONE),
            new GroupStats(GroupStats.OTHERS, 0, 0, 5, 5, 0, HeldBack.NONE));
  }

  @Test
  void whoHasDoneNothingForTenMinutesGivesWay() {
    tellApart(1);
    group("first");
    group("second");
    send("first", 1);
    takeAndAcknowledge("first");
    stats();
    send("second", 5);
    takeAndAcknowledge("second");
    stats();
    driver.pass(Duration.ofMinutes(9).toMillis());
    send("second", 2);
    assertThat(names()).containsExactly("first", GroupStats.OTHERS);

    driver.pass(Duration.ofMinutes(2).toMillis());
    stats();
    takeAndAcknowledge("second");

    // What was handed out before is with the others for good, so that no counter goes back.
    assertThat(stats().groups())
        .containsExactly(
            new GroupStats("second", 0, 0, 2, 2, 0, HeldBack.NONE),
            new GroupStats(GroupStats.OTHERS, 0, 0, 5, 5, 0, HeldBack.NONE));
  }

  @Test
  void aDeletedGroupLeavesItsPlace() {
    tellApart(1);
    group("first");
    group("second");
    send("first", 1);
    send("second", 1);
    String before = names().getFirst();

    settled(driver.shard().deleteGroup(before)).value();

    assertThat(names()).hasSize(2).doesNotContain(before);
  }

  @Test
  void aGroupNamedLikeTheOthersIsOneOfThem() {
    group(GroupStats.OTHERS);
    send(GroupStats.OTHERS, 2);

    assertThat(stats().groups())
        .containsExactly(new GroupStats(GroupStats.OTHERS, 2, 0, 0, 0, 0, HeldBack.NONE));
  }
}
