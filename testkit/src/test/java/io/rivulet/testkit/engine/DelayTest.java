package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Cancellation;
import io.rivulet.engine.message.Cancellation.Found;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.DelayBounds;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.shard.ParkedInspector;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A message with a delivery time is kept until then, and is then like any other. */
final class DelayTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final RequestWorld world = new RequestWorld();

  private Message.Builder later(RequestWorld in, String topic, Duration delay) {
    return in.message(topic).deliverAt(in.wallMillis() + delay.toMillis());
  }

  private Message.Builder later(String topic, Duration delay) {
    return later(world, topic, delay);
  }

  private static Outcome<SendReceipt> trySend(RequestWorld in, Message.Builder message) {
    return in.settled(in.shard().send("", List.of(message.build()))).getFirst();
  }

  private static Refusal refusalOf(Outcome<?> outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused<?>) outcome).refusal();
  }

  private Outcome<Cancellation> cancel(SendReceipt receipt) {
    return world.settled(world.shard().cancel("t", receipt.handle()));
  }

  private static ParkedInspector parked(RequestWorld in) {
    ParkedInspector inspector = new ParkedInspector(in.shard());
    assertThat(inspector.wrong(in.driver.log().head())).isEmpty();
    return inspector;
  }

  @Test
  void nobodyGetsItBeforeItsTimeAndThenItIsLikeAnyOther() {
    world.standardGroup("g", "t", Filter.all());
    long due = world.wallMillis() + MINUTE.toMillis();
    world.send(world.message("t").tag("a").deliverAt(due));
    world.send(world.message("t"));
    var other = world.poll("g", "t");
    assertThat(RequestWorld.ids(other)).containsExactly("m1");
    assertThat(world.acknowledge("g", other.getFirst()).isOk()).isTrue();
    assertThat(parked(world).count()).isEqualTo(1);

    world.pass(MINUTE.minusMillis(1));
    assertThat(world.pollIds("g", "t")).isEmpty();
    world.pass(Duration.ofMillis(1));

    var delivered = world.poll("g", "t");
    assertThat(RequestWorld.ids(delivered)).containsExactly("m0");
    assertThat(delivered.getFirst().message().message().deliverAtMillis()).isEqualTo(due);
    assertThat(delivered.getFirst().message().storeMillis()).isEqualTo(due);
    assertThat(delivered.getFirst().message().message().body().size()).isEqualTo(10);
    assertThat(world.acknowledge("g", delivered.getFirst()).isOk()).isTrue();
    assertThat(parked(world).count()).isZero();
    world.restart(true);
    world.pass(Duration.ofDays(1));
    world.introduce("c-g", "g");
    assertThat(world.pollIds("g", "t")).isEmpty();
  }

  @Test
  void aPollThatWaitsGetsItWhenItsTimeComes() {
    world.standardGroup("g", "t", Filter.all());
    world.send(later("t", Duration.ofSeconds(5)));

    world.pass(Duration.ofSeconds(5));

    assertThat(world.pollIds("g", "t")).containsExactly("m0");
  }

  @Test
  void theyComeInTheOrderOfTheirTimesAndOfOneTimeInThatOfTheirSends() {
    world.standardGroup("g", "p", Filter.all());
    world.send(later("p", Duration.ofSeconds(30)).priority(1));
    world.send(later("p", Duration.ofSeconds(10)).priority(1));
    world.send(later("p", Duration.ofSeconds(20)).priority(1));
    world.send(later("p", Duration.ofSeconds(10)).priority(1));
    world.send(later("p", Duration.ofSeconds(30)).priority(2));

    world.pass(MINUTE);

    assertThat(world.pollIds("g", "p")).containsExactly("m4", "m1", "m3", "m2", "m0");
  }

  @Test
  void whatIsPastIsDeliveredNow() {
    world.standardGroup("g", "t", Filter.all());

    world.send(later("t", Duration.ZERO));
    world.send(later("t", Duration.ofHours(-5)));

    assertThat(world.pollIds("g", "t")).containsExactlyInAnyOrder("m0", "m1");
    assertThat(parked(world).count()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itSurvivesTheDeathOfTheProcessBeforeAndAfterItsTime(boolean isIndexLost) {
    world.standardGroup("g", "t", Filter.all());
    List<Message> batch = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      batch.add(later("t", Duration.ofSeconds(10L + i)).build());
    }
    world.settled(world.shard().send("", batch));
    world.send(world.message("t", new byte[600_000]).deliverAt(world.wallMillis() + 20_000));

    world.restart(isIndexLost);
    assertThat(parked(world).count()).isEqualTo(6);
    world.pass(Duration.ofSeconds(12));
    world.restart(isIndexLost);
    assertThat(parked(world).count()).isEqualTo(3);
    world.pass(Duration.ofDays(1));
    world.restart(isIndexLost);

    world.introduce("c-g", "g");
    assertThat(world.pollIds("g", "t"))
        .containsExactlyInAnyOrder("m0", "m1", "m2", "m3", "m4", "m5");
    assertThat(parked(world).count()).isZero();
  }

  @Test
  void whoWantsItTooLateIsToldHowLateIsAllowed() {
    Refusal refusal = refusalOf(trySend(world, later("t", Duration.ofDays(3).plusMillis(1))));

    assertThat(refusal.code()).isEqualTo(RefusalCode.ILLEGAL_DELIVERY_TIME);
    assertThat(refusal.message()).contains("engine.max-delay", "PT72H");
    assertThat(trySend(world, later("t", Duration.ofDays(3))).isOk()).isTrue();
  }

  @Test
  void moreThanMayWaitAreRefusedUntilSomeWereDelivered() {
    RequestWorld small =
        new RequestWorld(
            CrashWorld.config(0).toBuilder().delays(new DelayBounds(MINUTE, 2)).build());
    small.send(later(small, "t", Duration.ofSeconds(1)));
    small.send(later(small, "t", Duration.ofSeconds(9)));

    Refusal refusal = refusalOf(trySend(small, later(small, "t", Duration.ofSeconds(5))));

    assertThat(refusal.code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
    assertThat(refusal.message()).contains("engine.max-parked-messages allows 2");
    assertThat(trySend(small, small.message("t")).isOk()).isTrue();
    small.pass(Duration.ofSeconds(1));
    assertThat(trySend(small, later(small, "t", Duration.ofSeconds(5))).isOk()).isTrue();
  }

  @Test
  void whatKeepsItsOrderHasNoDeliveryTimes() {
    Refusal lite = refusalOf(trySend(world, later("chat", MINUTE).liteTopic("s")));
    Refusal fifo = refusalOf(trySend(world, later("fifo", MINUTE).messageGroup("g")));

    assertThat(lite.code()).isEqualTo(RefusalCode.TYPE_MISMATCH);
    assertThat(lite.message()).contains("keep their order");
    assertThat(fifo.message()).isEqualTo(lite.message());
  }

  @Test
  void aDeadlineIsAfterTheDeliveryTime() {
    Message.Builder message =
        later("t", MINUTE)
            .properties(Map.of(Demand.DEADLINE_PROPERTY, Long.toString(world.wallMillis() + 1000)));

    Refusal refusal = refusalOf(trySend(world, message));

    assertThat(refusal.code()).isEqualTo(RefusalCode.ILLEGAL_ARGUMENT);
    assertThat(refusal.message()).contains(Demand.DEADLINE_PROPERTY, "delivery time");
  }

  @Test
  void aTopicForDelaysTakesAllAndIsMadeByTheFirst() {
    world.standardGroup("g", "t", Filter.all());
    world.send(later("t", MINUTE));
    var again = TopicDefinition.of("t", TopicType.DELAY);

    assertThat(world.settled(world.shard().defineTopic(again)).isOk()).isTrue();
    assertThat(trySend(world, world.message("t")).isOk()).isTrue();
    assertThat(world.pollIds("g", "t")).containsExactly("m1");
  }

  @Test
  void itIsTakenBackByItsHandleWhileItWaits() {
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(later("t", MINUTE));
    world.send(later("t", MINUTE));

    assertThat(cancel(receipt).value()).isEqualTo(new Cancellation(Found.WAITING, "m0"));
    assertThat(cancel(receipt).value().found()).isEqualTo(Found.CANCELLED);
    world.restart(true);
    assertThat(cancel(receipt).value().found()).isEqualTo(Found.CANCELLED);
    world.pass(MINUTE);

    world.introduce("c-g", "g");
    assertThat(world.pollIds("g", "t")).containsExactly("m1");
    assertThat(parked(world).count()).isZero();
  }

  @Test
  void theSameHandleCancelsItAfterItsTime() {
    world.standardGroup("g", "t", Filter.all());
    SendReceipt receipt = world.send(later("t", MINUTE));
    world.pass(MINUTE);

    assertThat(cancel(receipt).value()).isEqualTo(new Cancellation(Found.WAITING, "m0"));

    assertThat(world.pollIds("g", "t")).isEmpty();
  }

  @Test
  void itCannotBeGivenAnotherPriorityWhileItWaits() {
    SendReceipt receipt = world.send(later("p", MINUTE).priority(1));

    Refusal refusal = refusalOf(world.settled(world.shard().reprioritize(receipt.handle(), 5)));

    assertThat(refusal.code()).isEqualTo(RefusalCode.MESSAGE_NOT_WAITING);
    assertThat(refusal.message()).contains("delivery time");
  }

  @Test
  void aSendThatIsRepeatedIsStoredOnceBeforeAndAfterItsTime() {
    world.standardGroup("g", "t", Filter.all());
    Message message = later("t", MINUTE).build();
    SendReceipt first = world.settled(world.shard().send("", List.of(message))).getFirst().value();

    SendReceipt second = world.settled(world.shard().send("", List.of(message))).getFirst().value();
    world.pass(MINUTE);
    SendReceipt third = world.settled(world.shard().send("", List.of(message))).getFirst().value();

    assertThat(second.isDuplicate() && third.isDuplicate()).isTrue();
    assertThat(second.handle()).isEqualTo(first.handle());
    assertThat(third.handle()).isEqualTo(first.handle());
    assertThat(world.pollIds("g", "t")).containsExactly("m0");
  }

  @Test
  void itKeepsItsFairnessKeyItsCostAndItsDeadline() {
    world.standardGroup("g", "t", Filter.all());
    world.send(
        later("t", MINUTE)
            .properties(
                Map.of(
                    Fairness.DEFAULT_PROPERTY,
                    "tenant",
                    Demand.COST_PROPERTY,
                    "7",
                    Demand.DEADLINE_PROPERTY,
                    Long.toString(world.wallMillis() + 90_000))));
    world.pass(MINUTE);
    world.restart(false);
    assertThat(world.read("t", "k/tenant")).hasSize(1);

    world.pass(MINUTE);

    world.introduce("c-g", "g");
    assertThat(world.pollIds("g", "t")).isEmpty();
    assertThat(world.shard().stats().withdrawn().expired()).isEqualTo(1);
  }

  @Test
  void whatWaitsGoesWithItsTopic() {
    world.standardGroup("g", "t", Filter.all());
    world.send(later("t", MINUTE));
    assertThat(world.settled(world.shard().deleteTopic("t")).isOk()).isTrue();
    assertThat(parked(world).count()).isZero();
    world.send(world.message("t"));
    world.restart(false);
    world.settled(world.shard().subscribe("g", "t", Filter.all()));

    world.pass(MINUTE);

    world.introduce("c-g", "g");
    assertThat(world.pollIds("g", "t")).containsExactly("m1");
    assertThat(parked(world).state()).isEmpty();
  }

  @Test
  void moreThanATurnCanDoAreAllDelivered() {
    world.standardGroup("g", "t", Filter.all());
    for (int i = 0; i < 20; i++) {
      List<Message> batch = new ArrayList<>();
      for (int j = 0; j < 50; j++) {
        batch.add(later("t", MINUTE.plusMillis(j % 7)).build());
      }
      world.settled(world.shard().send("", batch));
    }

    world.pass(MINUTE.plusMillis(10));

    assertThat(world.shard().stats().delays().joined()).isEqualTo(1000);
    assertThat(parked(world).count()).isZero();
    int got = 0;
    for (int size = 1; size > 0; got += size) {
      size = world.poll("g", "t").size();
    }
    assertThat(got).isEqualTo(1000);
  }

  // ---- retention

  private static EngineConfig trimmedAt(long bytes) {
    return CrashWorld.config(bytes).toBuilder()
        .checkpointBytes(50_000)
        .checkpointInterval(Duration.ofSeconds(1))
        .build();
  }

  private static void fill(RequestWorld world, int bytes) {
    for (int done = 0; done < bytes; done += 50_000) {
      world.send(world.message("other", new byte[50_000]));
      world.pass(Duration.ofMillis(1100));
    }
    for (int i = 0; i < 5; i++) {
      world.pass(Duration.ofSeconds(31));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void retentionDoesNotTakeWhatWaits(boolean isIndexLost) {
    RequestWorld world = new RequestWorld(trimmedAt(1_200_000));
    world.standardGroup("g", "t", Filter.all());
    SendReceipt taken = world.send(later(world, "t", Duration.ofHours(2)));
    world.send(later(world, "t", Duration.ofHours(2)));
    world.send(world.message("t", new byte[300_000]).deliverAt(world.wallMillis() + 7_200_000));
    long end = world.driver.log().end();

    fill(world, 2_500_000);

    assertThat(world.driver.log().head()).isGreaterThan(end);
    assertThat(parked(world).count()).isEqualTo(3);
    assertThat(world.shard().stats().delays().carried()).isGreaterThanOrEqualTo(3);
    var cancelled = world.settled(world.shard().cancel("t", taken.handle()));
    assertThat(cancelled.value().found()).isEqualTo(Found.WAITING);
    world.driver.crash(Integer.MAX_VALUE, Integer.MAX_VALUE, isIndexLost);
    world.driver.settle();
    world.pass(Duration.ofHours(2));
    world.introduce("c-g", "g");
    var delivered = world.poll("g", "t");
    assertThat(RequestWorld.ids(delivered)).containsExactlyInAnyOrder("m1", "m2");
    assertThat(parked(world).count()).isZero();
  }

  @Test
  void whatHasWaitedLongIsKeptAsLongAsWhatIsNew() {
    RequestWorld world =
        new RequestWorld(
            trimmedAt(0).toBuilder().retentionTime(Optional.of(Duration.ofHours(3))).build());
    world.standardGroup("g", "t", Filter.all());
    world.send(later(world, "t", Duration.ofHours(2)));
    fill(world, 600_000);

    world.pass(Duration.ofHours(2));
    assertThat(world.shard().stats().delays().carried()).isEqualTo(1);
    world.pass(Duration.ofMinutes(90));
    fill(world, 600_000);

    assertThat(world.driver.log().head()).isPositive();
    world.introduce("c-g", "g");
    assertThat(world.pollIds("g", "t")).containsExactly("m0");
  }

  @Test
  void noMoreThanHalfOfTheLogMayWait() {
    RequestWorld world = new RequestWorld(trimmedAt(1_000_000));
    for (int i = 0; i < 9; i++) {
      world.send(world.message("t", new byte[50_000]).deliverAt(world.wallMillis() + 60_000));
    }

    Refusal refusal =
        refusalOf(
            trySend(
                world,
                world.message("t", new byte[50_000]).deliverAt(world.wallMillis() + 60_000)));

    assertThat(refusal.code()).isEqualTo(RefusalCode.TOO_MANY_REQUESTS);
    assertThat(refusal.message()).contains("half of engine.retention-bytes");
  }
}
