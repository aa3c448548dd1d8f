package io.rivulet.engine.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.Engine;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.testkit.time.SimulatedClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What reached nobody goes back, whatever the engine says at first. */
final class ReturnsTest {
  private static final Duration MAX_LEASE = Duration.ofHours(3);
  private static final Duration SLOWNESS = Duration.ofSeconds(4);

  /** How the engine answers. */
  private enum Mood {
    WILLING,
    UNAVAILABLE,
    TOO_MANY_REQUESTS,
    STORAGE_FULL,
    INVALID_RECEIPT_HANDLE,
    GROUP_NOT_FOUND,
    FAILING,
    THROWING,
    SLOW
  }

  private record Task(long atNanos, Runnable action) {}

  private final SimulatedClock clock = new SimulatedClock();
  private final List<Task> tasks = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private Mood mood = Mood.WILLING;
  private final Engine engine = engine();
  private final Returns returns =
      new Returns(
          engine,
          Returns.Parts.whole(engine),
          clock,
          (delay, action) -> tasks.add(new Task(clock.nanos() + delay.toNanos(), action)),
          MAX_LEASE);

  @Test
  void whatIsTakenBackIsGivenBackOnce() {
    returns.giveBack("g", "c1", true, List.of("h1", "h2"));
    pass(Duration.ofMinutes(1));

    assertThat(asked).containsExactly("release [g, [h1, h2]]");
    assertThat(returns.waiting()).isZero();
  }

  @Test
  void whatIsRefusedForAReasonThatPassesIsGivenBackLater() {
    for (Mood each :
        List.of(
            Mood.UNAVAILABLE,
            Mood.TOO_MANY_REQUESTS,
            Mood.STORAGE_FULL,
            Mood.FAILING,
            Mood.THROWING)) {
      asked.clear();
      mood = each;
      returns.giveBack("g", "c1", true, List.of("h1"));
      pass(Duration.ofSeconds(1));
      int before = asked.size();
      assertThat(before).isBetween(2, 4);
      assertThat(returns.waiting()).isEqualTo(1);

      mood = Mood.WILLING;
      pass(Duration.ofMinutes(1));

      assertThat(asked).hasSize(before + 1).allMatch("release [g, [h1]]"::equals);
      assertThat(returns.waiting()).isZero();
    }
  }

  @Test
  void whatIsRefusedForGoodIsLeftAlone() {
    for (Mood each : List.of(Mood.INVALID_RECEIPT_HANDLE, Mood.GROUP_NOT_FOUND)) {
      asked.clear();
      mood = each;
      returns.giveBack("g", "c1", true, List.of("h1"));
      pass(Duration.ofMinutes(5));

      assertThat(asked).hasSize(1);
    }
  }

  @Test
  void whatCanNotBeGivenBackIsRenewedNoMore() {
    mood = Mood.UNAVAILABLE;
    returns.giveBack("g", "c1", true, List.of("h1"));
    pass(Duration.ofMinutes(20));
    assertThat(asked.stream().filter(each -> each.startsWith("release")))
        .hasSize(Returns.MAX_TRIES);
    assertThat(asked.getLast()).startsWith("endRenewal [[c1], ");
    assertThat(returns.waiting()).isEqualTo(1);

    asked.clear();
    mood = Mood.WILLING;
    pass(Duration.ofSeconds(10));

    // All the time since it was to be given back, and a little more.
    assertThat(asked).hasSize(1);
    assertThat(within(asked.getFirst())).isGreaterThan(Duration.ofMinutes(21));
    assertThat(returns.waiting()).isZero();
    assertThat(returns.givenUp()).isZero();
  }

  @Test
  void aLeaseThatIsNotRenewedEndsByItself() {
    mood = Mood.UNAVAILABLE;
    returns.giveBack("g", "c1", false, List.of("h1"));
    pass(Duration.ofMinutes(20));

    assertThat(asked).hasSize(Returns.MAX_TRIES).allMatch(each -> each.startsWith("release"));
    assertThat(returns.waiting()).isZero();
  }

  @Test
  void whatIsTooMuchToRememberPutsItsClientInDoubtAtOnce() {
    mood = Mood.UNAVAILABLE;
    returns.giveBack("g", "c1", true, Collections.nCopies(Returns.MAX_HANDLES, "h"));
    returns.giveBack("g", "c2", true, List.of("h1"));

    assertThat(asked.getLast()).startsWith("endRenewal [[c2], ");
    mood = Mood.WILLING;
    pass(Duration.ofMinutes(1));
    assertThat(returns.waiting()).isZero();
  }

  @Test
  void whatCouldNotBeReadIsPutOffLater() {
    mood = Mood.UNAVAILABLE;
    returns.putOff("g", "c1", "h1", Duration.ofMinutes(1));
    mood = Mood.WILLING;
    pass(Duration.ofMinutes(1));

    assertThat(asked)
        .containsExactly(
            "changeInvisible [g, h1, PT1M, false]", "changeInvisible [g, h1, PT1M, false]");
  }

  @Test
  void doubtsMergeWhileTheyWaitAndGrowWithTime() {
    mood = Mood.UNAVAILABLE;
    returns.endRenewal(Set.of("c1"), Duration.ofSeconds(10));
    pass(Duration.ofMillis(100));
    for (int i = 0; i < 100; i++) {
      returns.endRenewal(Set.of("c1", "c2"), Duration.ofSeconds(1));
    }
    assertThat(asked).hasSize(1);
    assertThat(returns.waiting()).isEqualTo(2);
    asked.clear();
    mood = Mood.WILLING;

    pass(Duration.ofSeconds(1));

    assertThat(asked)
        .containsExactlyInAnyOrder("endRenewal [[c1], PT11S]", "endRenewal [[c2], PT2S]");
    assertThat(returns.waiting()).isZero();
  }

  @Test
  void whatCouldNotBeSaidInTheTimeOfTheLongestLeaseIsGivenUp() {
    mood = Mood.UNAVAILABLE;
    returns.endRenewal(Set.of("c1"), Duration.ofSeconds(10));
    pass(MAX_LEASE.minusMinutes(1));
    assertThat(returns.waiting()).isEqualTo(1);

    pass(Duration.ofMinutes(2));

    assertThat(returns.waiting()).isZero();
    assertThat(returns.givenUp()).isEqualTo(1);
  }

  @Test
  void whatWasLongOnItsWayIsAskedForOnceMoreForTheTimeThatThisTook() {
    mood = Mood.SLOW;
    returns.endRenewal(Set.of("c1"), Duration.ofSeconds(2));
    pass(SLOWNESS);

    // It may have been carried out at the end of that time: then it covered nothing.
    assertThat(asked).containsExactly("endRenewal [[c1], PT2S]");
    assertThat(returns.waiting()).isEqualTo(1);
    pass(SLOWNESS.multipliedBy(3));

    assertThat(asked).hasSize(2);
    assertThat(within(asked.getLast())).isGreaterThan(SLOWNESS.multipliedBy(2));
    assertThat(returns.waiting()).isZero();
    asked.clear();
    mood = Mood.WILLING;
    for (int i = 0; i < 10; i++) {
      returns.endRenewal(Set.of("c1"), Duration.ofSeconds(2));
    }
    assertThat(asked).hasSize(10).last().isEqualTo("endRenewal [[c1], PT2S]");
  }

  private static Duration within(String question) {
    return Duration.parse(question.substring(question.indexOf("PT"), question.length() - 1));
  }

  private void pass(Duration time) {
    long end = clock.nanos() + time.toNanos();
    while (true) {
      Task next =
          tasks.stream()
              .filter(each -> each.atNanos <= end)
              .min(Comparator.comparingLong(Task::atNanos))
              .orElse(null);
      if (next == null) {
        break;
      }
      tasks.remove(next);
      clock.advance(Duration.ofNanos(Math.max(0, next.atNanos - clock.nanos())));
      next.action.run();
    }
    clock.advance(Duration.ofNanos(end - clock.nanos()));
  }

  private Engine engine() {
    return (Engine)
        Proxy.newProxyInstance(
            Engine.class.getClassLoader(),
            new Class<?>[] {Engine.class},
            (_, method, arguments) -> {
              asked.add(method.getName() + " " + List.of(arguments));
              if (mood == Mood.THROWING) {
                throw new IllegalStateException("the shard moves");
              }
              if (mood == Mood.FAILING) {
                return CompletableFuture.failedFuture(new IllegalStateException("lost"));
              }
              if (mood == Mood.SLOW) {
                CompletableFuture<Outcome<Object>> late = new CompletableFuture<>();
                tasks.add(
                    new Task(
                        clock.nanos() + SLOWNESS.toNanos(), () -> late.complete(Outcome.ok(1))));
                return late;
              }
              Outcome<Object> outcome =
                  mood == Mood.WILLING
                      ? Outcome.ok(1)
                      : Outcome.refused(RefusalCode.valueOf(mood.name()), "not now");
              return CompletableFuture.completedFuture(
                  method.getName().equals("release")
                      ? Collections.nCopies(((List<?>) arguments[1]).size(), outcome)
                      : outcome);
            });
  }
}
