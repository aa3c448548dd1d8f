package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.delivery.PollRequest;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.refusal.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A message that is leased for as long as its client lives, and whose delivery the client never
 * saw, since the engine died between the record of the grant and the answer.
 */
class LostAnswerTest {
  private static final Duration LEASE = CrashWorld.config(0).leaseTime();

  /** More than doubts reach back, and less than leases last. */
  private static final Duration AHEAD = Duration.ofSeconds(8);

  private final RequestWorld world = new RequestWorld();

  @Test
  void isDeliveredAgainWhenTheLeaseEnds() {
    session();
    assertThat(take("g")).containsExactly("m0");

    world.restart(false);
    returns("g");
    assertThat(take("g")).isEmpty();
    live("g", LEASE);

    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void isDeliveredAgainThoughTheNewEngineDiesAsWell() {
    session();
    assertThat(take("g")).containsExactly("m0");

    world.restart(false);
    world.restart(true);
    returns("g");
    live("g", LEASE);

    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void whatWasHandedOutLongBeforeStaysWithItsClient() {
    session();
    assertThat(take("g")).containsExactly("m0");
    live("g", Duration.ofSeconds(10));
    world.send(world.message("chat").liteTopic("other"));
    assertThat(take("g")).containsExactly("m1");

    world.restart(false);
    returns("g");
    live("g", LEASE);

    assertThat(take("g")).containsExactly("m1");
    live("g", LEASE.multipliedBy(3));
    assertThat(take("g")).isEmpty();
  }

  @Test
  void anEngineThatEndsInOrderHasAnsweredEverybody() {
    session();
    assertThat(take("g")).containsExactly("m0");

    world.driver.endServing();
    world.restart(false);
    returns("g");
    live("g", LEASE.multipliedBy(3));

    assertThat(take("g")).isEmpty();
  }

  @Test
  void anEndInOrderIsOverOnceSomethingElseHappened() {
    session();
    world.driver.endServing();
    assertThat(take("g")).containsExactly("m0");

    world.restart(false);
    returns("g");
    live("g", LEASE);

    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void aNodeThatDiedWithAnswersEndsTheRenewalOfWhatItsClientsWereJustHanded() {
    session();
    assertThat(take("g")).containsExactly("m0");
    live("g", Duration.ofSeconds(10));
    world.send(world.message("chat").liteTopic("other"));
    List<DeliveredMessage> late = poll("g");
    assertThat(RequestWorld.ids(late)).containsExactly("m1");

    assertThat(
            world
                .settled(world.shard().endRenewal(Set.of("c-g", "unknown"), Duration.ofSeconds(5)))
                .value())
        .isEqualTo(1);
    world.driver.settle();
    live("g", LEASE);

    assertThat(take("g")).containsExactly("m1");
    live("g", LEASE.multipliedBy(3));
    assertThat(take("g")).isEmpty();
  }

  @Test
  void whatCanNotBeRecordedJustNowIsRefusedSoThatItIsAskedForAgain() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.driver.log().refuse("too few storage nodes");

    assertThat(endRenewal().isOk()).isFalse();

    world.driver.log().refuse(null);
    assertThat(endRenewal().value()).isEqualTo(1);
    live("g", LEASE);
    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void whatWasHandedOutBeforeTheShardWasOpenedIsInDoubtAsWell() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.driver.endServing();
    world.restart(false);

    assertThat(endRenewal().isOk()).isTrue();

    returns("g");
    live("g", LEASE);
    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void thatItIsInDoubtIsNotForgottenWhenTheShardIsOpenedOnceMore() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.driver.endServing();
    world.restart(false);
    assertThat(endRenewal().isOk()).isTrue();
    world.driver.endServing();
    world.restart(true);

    returns("g");
    live("g", LEASE);
    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void whatWasHandedOutLongBeforeTheShardWasOpenedStaysWithItsClient() {
    session();
    assertThat(take("g")).containsExactly("m0");
    live("g", Duration.ofSeconds(10));
    world.driver.endServing();
    world.restart(false);

    assertThat(endRenewal().isOk()).isTrue();

    returns("g");
    live("g", LEASE.multipliedBy(3));
    assertThat(take("g")).isEmpty();
  }

  @Test
  void theClockOfWhoOpensTheShardMayBeAheadOfTheOneThatGranted() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.driver.endServing();
    world.driver.clock.jumpWall(AHEAD);
    world.restart(false);

    assertThat(endRenewal().isOk()).isTrue();

    returns("g");
    live("g", LEASE);
    assertThat(take("g")).containsExactly("m0");
  }

  @Test
  void theSameIfItWasNotLetGoInOrder() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.pass(Duration.ofMillis(100));
    world.send(world.message("chat").liteTopic("other"));
    assertThat(take("g")).containsExactly("m1");
    world.driver.clock.jumpWall(AHEAD);
    world.restart(false);

    assertThat(endRenewal().isOk()).isTrue();

    returns("g");
    live("g", LEASE);
    assertThat(take("g")).containsExactlyInAnyOrder("m0", "m1");
  }

  @Test
  void whatWasGrantedLongBeforeAnEndInOrderStaysWithItsClientThoughTheClockIsAhead() {
    session();
    assertThat(take("g")).containsExactly("m0");
    live("g", Duration.ofSeconds(10));
    world.driver.endServing();
    world.driver.clock.jumpWall(AHEAD);
    world.restart(false);

    assertThat(endRenewal().isOk()).isTrue();

    returns("g");
    live("g", LEASE.multipliedBy(3));
    assertThat(take("g")).isEmpty();
  }

  @Test
  void timeDoesNotGoBackFromOneOwnerToTheNext() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.driver.endServing();
    world.driver.clock.jumpWall(AHEAD.negated());
    world.restart(false);
    world.send(world.message("chat").liteTopic("other"));
    assertThat(take("g")).containsExactly("m1");

    world.restart(false);
    returns("g");
    live("g", LEASE);

    // Not hidden by the time of an owner whose clock was ahead.
    assertThat(take("g")).contains("m1");
  }

  @Test
  void anOwnerThatGrantedNothingInBetweenDoesNotHideWhatWasGrantedBefore() {
    session();
    assertThat(take("g")).containsExactly("m0");
    world.driver.endServing();
    world.driver.clock.jumpWall(AHEAD);
    world.restart(false);
    world.driver.endServing();
    world.restart(false);

    assertThat(endRenewal().isOk()).isTrue();

    returns("g");
    live("g", LEASE);
    assertThat(take("g")).containsExactly("m0");
  }

  private Outcome<Integer> endRenewal() {
    return world.settled(world.shard().endRenewal(Set.of("c-g"), Duration.ofSeconds(5)));
  }

  @Test
  void whoDidGetItMayStillAcknowledgeIt() {
    session();
    List<DeliveredMessage> got = poll("g");

    assertThat(
            world.settled(world.shard().endRenewal(Set.of("c-g"), Duration.ofSeconds(5))).value())
        .isEqualTo(1);

    assertThat(world.acknowledge("g", got.getFirst()).isOk()).isTrue();
    live("g", LEASE.multipliedBy(2));
    assertThat(take("g")).isEmpty();
  }

  @Test
  void whoGivesBackTheAnswerThatWasLostDoesNotTakeItFromTheClientThatHasItNow() {
    session();
    String late = poll("g", "attempt").getFirst().receiptHandle();
    DeliveredMessage got = poll("g", "attempt").getFirst();
    assertThat(got.attempt()).isEqualTo(1);

    assertThat(world.settled(world.shard().release("g", List.of(late))).getFirst().isOk())
        .isFalse();
    assertThat(take("g")).isEmpty();
    world.restart(true);
    returns("g");

    assertThat(world.acknowledge("g", got).isOk()).isTrue();
  }

  @Test
  void theAnswerThatWasLostMayBeAcknowledgedAllTheSame() {
    session();
    DeliveredMessage late = poll("g", "attempt").getFirst();
    for (int i = 0; i < 3; i++) {
      assertThat(RequestWorld.ids(poll("g", "attempt"))).containsExactly("m0");
    }

    assertThat(world.acknowledge("g", late).isOk()).isTrue();
    live("g", LEASE.multipliedBy(2));
    assertThat(take("g")).isEmpty();
  }

  @Test
  void anAnswerThatWasRepeatedJustNowIsInDoubtThoughItsGrantIsOld() {
    session();
    assertThat(RequestWorld.ids(poll("g", "attempt"))).containsExactly("m0");
    live("g", Duration.ofMinutes(2));
    assertThat(RequestWorld.ids(poll("g", "attempt"))).containsExactly("m0");

    assertThat(endRenewal().value()).isEqualTo(1);
    live("g", LEASE);
    assertThat(take("g")).containsExactly("m0");
  }

  private void session() {
    world.liteGroup("g", "chat", "session", "other");
    world.send(world.message("chat").liteTopic("session"));
  }

  private void returns(String group) {
    world.introduce("c-" + group, group);
  }

  /** Time passes, and the client goes on giving signs of life. */
  private void live(String group, Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 1000) {
      world.introduce("c-" + group, group);
      world.pass(Duration.ofSeconds(1));
    }
    world.pass(Duration.ofMillis(1));
  }

  private List<String> take(String group) {
    return RequestWorld.ids(poll(group));
  }

  private List<DeliveredMessage> poll(String group) {
    return poll(group, "");
  }

  private List<DeliveredMessage> poll(String group, String attempt) {
    PollRequest request =
        new PollRequest(
            group,
            "chat",
            "c-" + group,
            16,
            Optional.empty(),
            Filter.all(),
            Duration.ZERO,
            attempt.isEmpty() ? Optional.empty() : Optional.of(attempt),
            true);
    return world.settled(world.shard().poll(request)).value();
  }
}
