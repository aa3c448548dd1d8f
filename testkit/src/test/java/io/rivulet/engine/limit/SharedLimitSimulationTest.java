package io.rivulet.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.scheduling.Rate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards with one limit in common, and its home, in simulated time; what they say may be lost. */
class SharedLimitSimulationTest {
  private static final int SHARDS = 32;
  private static final LimitName LIMIT = new LimitName("g", "messages");

  private record Event(long atMillis, long number, Runnable task) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::atMillis).thenComparingLong(Event::number));
  private final List<Shard> shards = new ArrayList<>();
  private final List<Long> passes = new ArrayList<>();
  private SplittableRandom random = new SplittableRandom(1);
  private long numbers;
  private long nowMillis = 1_000_000;
  private LimitHome home = new LimitHome(() -> nowMillis);
  private boolean isHomeReached = true;
  private int delayMillis = 2;
  private int questions;

  /** What a test does with one shard. */
  private final class Shard {
    final String name;
    final LimitDesk desk;
    int waiting;
    int passed;
    int held;
    long dueMillis = Long.MAX_VALUE;
    long lastMillis;
    boolean isCutOff;
    Runnable serve = () -> {};

    Shard(int number) {
      name = "shard " + number;
      desk = new LimitDesk(() -> SHARDS, () -> nowMillis, this::wanted);
    }

    /** As the router does it. */
    private void wanted(long delay) {
      long at = Math.max(nowMillis + delay, lastMillis + 20);
      if (at < dueMillis) {
        dueMillis = at;
        after(at - nowMillis, this::ask);
      }
    }

    private void ask() {
      if (nowMillis < dueMillis) {
        return;
      }
      dueMillis = Long.MAX_VALUE;
      lastMillis = nowMillis;
      List<LimitAsk> asks = desk.collect();
      if (asks.isEmpty()) {
        return;
      }
      questions++;
      if (isCutOff || !isHomeReached) {
        after(random.nextInt(1000), () -> answered(missed(asks)));
      } else {
        after(
            delayMillis,
            () -> {
              List<Allotment> answers = home.allot(name, asks);
              after(delayMillis, () -> answered(isCutOff ? missed(asks) : answers));
            });
      }
    }

    private static List<Allotment> missed(List<LimitAsk> asks) {
      return asks.stream().map(each -> Allotment.missed(each.limit())).toList();
    }

    private void answered(List<Allotment> answers) {
      desk.answered(answers);
      serve.run();
    }

    void rated(Rate rate) {
      Allowance allowance = new Allowance(LIMIT, rate, desk, () -> {}, nowMillis);
      serve =
          () -> {
            while (waiting > 0 && allowance.openAt(nowMillis, 1) <= nowMillis) {
              allowance.take(nowMillis, 1);
              waiting--;
              passed++;
              passes.add(nowMillis);
            }
          };
    }

    /** What waits is held for a while, as many at a time as there may be. */
    void counted(int most, int workMillis) {
      Permits permits = new Permits(LIMIT, most, () -> held, desk, () -> {}, nowMillis);
      serve =
          () -> {
            while (waiting > 0 && permits.isOpen(nowMillis, held)) {
              waiting--;
              held++;
              passed++;
              permits.changed();
              after(
                  1 + random.nextInt(2 * workMillis),
                  () -> {
                    held--;
                    permits.changed();
                    serve.run();
                  });
            }
          };
    }

    void sends(int count) {
      waiting += count;
      serve.run();
    }

    /** So many a second, until the end. */
    void sendsSteadily(int perSecond) {
      sends(1);
      after(1 + random.nextInt(2000 / perSecond), () -> sendsSteadily(perSecond));
    }
  }

  private void after(long delay, Runnable task) {
    events.add(new Event(nowMillis + delay, numbers++, task));
  }

  private void pass(long millis) {
    long end = nowMillis + millis;
    while (!events.isEmpty() && events.element().atMillis <= end) {
      Event event = events.remove();
      nowMillis = event.atMillis;
      event.task.run();
    }
    nowMillis = end;
  }

  private void haveShards() {
    for (int i = 0; i < SHARDS; i++) {
      shards.add(new Shard(i));
    }
    // The home is no new one.
    pass(LimitHome.QUIET_MILLIS + 1);
  }

  private int passed() {
    return shards.stream().mapToInt(each -> each.passed).sum();
  }

  private int held() {
    return shards.stream().mapToInt(each -> each.held).sum();
  }

  /** The most that passed in any stretch of this length. */
  private int mostWithin(long millis) {
    int most = 0;
    int from = 0;
    for (int i = 0; i < passes.size(); i++) {
      while (passes.get(i) - passes.get(from) >= millis) {
        from++;
      }
      most = Math.max(most, i - from + 1);
    }
    return most;
  }

  /** What the rate allows in a stretch of time, and what may be on its way. */
  private static int allowed(Rate rate, long millis, double factor) {
    double late = 0.5;
    return (int) Math.ceil(rate.burst() + factor * rate.perSecond() * (millis / 1000.0 + late)) + 1;
  }

  // ---- rates

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 300, 5000})
  void aShardAloneHasTheWholeRate(int perSecond) {
    haveShards();
    Rate rate = Rate.of(perSecond);
    shards.get(3).rated(rate);
    shards.get(3).sends(100_000);
    pass(10_000);

    assertThat(passed()).isBetween((int) (9.5 * perSecond), allowed(rate, 10_000, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 300, 5000})
  void allTogetherHaveTheRateOnceAndEachAnEqualPart(int perSecond) {
    haveShards();
    Rate rate = Rate.of(perSecond);
    shards.forEach(each -> each.rated(rate));
    shards.forEach(each -> each.sends(100_000));
    long seconds = 100;
    pass(seconds * 1000);

    int least = (int) (0.9 * (double) seconds * perSecond) - SHARDS;
    assertThat(passed()).isBetween(least, allowed(rate, seconds * 1000, 1));
    int[] each = shards.stream().mapToInt(one -> one.passed).sorted().toArray();
    assertThat(each[SHARDS - 1] - each[0]).isLessThanOrEqualTo(2 + each[SHARDS - 1] / 10);
  }

  @Test
  void afterAQuietTimeTheBurstPassesOnce() {
    haveShards();
    Rate rate = new Rate(10, 20);
    shards.forEach(each -> each.rated(rate));
    shards.get(0).sends(1);
    pass(30_000);
    passes.clear();

    shards.forEach(each -> each.sends(5));
    pass(500);

    assertThat(passes).hasSizeBetween(10, 27);
  }

  @Test
  void whoWantsLittleIsNotHeldBackByWhoWantsMuch() {
    haveShards();
    shards.forEach(each -> each.rated(Rate.of(1000)));
    shards.get(0).sends(1_000_000);
    Shard light = shards.get(7);
    light.sendsSteadily(50);
    pass(10_000);

    assertThat(light.waiting).isLessThan(15);
    assertThat(passed()).isGreaterThan(9000);
  }

  @Test
  void whatHasNoTrafficAsksNothing() {
    haveShards();
    shards.forEach(each -> each.rated(Rate.of(1000)));
    shards.get(0).sends(5);
    pass(1000);
    int before = questions;
    pass(60_000);

    assertThat(before).isLessThan(10);
    assertThat(questions).isEqualTo(before);
  }

  @Test
  void withoutItsHomeARateIsAnEqualPartForEach() {
    haveShards();
    Rate rate = Rate.of(320);
    shards.forEach(each -> each.rated(rate));
    isHomeReached = false;
    shards.forEach(each -> each.sends(100_000));
    pass(20_000);

    assertThat(passed()).isBetween(320 * 16, allowed(rate, 20_000, 1));
  }

  static IntStream seeds() {
    return IntStream.range(0, Integer.getInteger("rivulet.seeds", 200));
  }

  /** Homes die, shards are cut off, traffic comes and goes. */
  @ParameterizedTest
  @MethodSource("seeds")
  void whateverHappensTheRateIsNeverExceededTwice(int seed) {
    random = new SplittableRandom(seed);
    delayMillis = 1 + random.nextInt(40);
    haveShards();
    Rate rate = Rate.of(1 + random.nextInt(1000));
    shards.forEach(each -> each.rated(rate));
    for (int i = 0; i < 300; i++) {
      Shard shard = shards.get(random.nextInt(random.nextBoolean() ? 3 : SHARDS));
      switch (random.nextInt(12)) {
        case 0 -> home = new LimitHome(() -> nowMillis);
        case 1 -> isHomeReached = !isHomeReached;
        case 2 -> shard.isCutOff = true;
        case 3, 4 -> shard.isCutOff = false;
        case 5 -> shard.rated(rate);
        default -> shard.sends(random.nextInt(1 + (int) rate.perSecond()));
      }
      pass(random.nextInt(500));
    }

    for (int millis : new int[] {100, 1000, 10_000}) {
      assertThat(mostWithin(millis))
          .as("seed %d, %s, within %d ms", seed, rate, millis)
          .isLessThanOrEqualTo(allowed(rate, millis, 2) + SHARDS / 8);
    }
  }

  // ---- numbers

  @Test
  void aShardAloneMayHoldAllThatMayBeHeld() {
    haveShards();
    shards.forEach(each -> each.counted(10, 100));
    shards.get(5).sends(100_000);
    pass(500);

    assertThat(held()).isEqualTo(10);
    pass(10_000);
    assertThat(passed()).as("ten at a time, for 100 ms").isGreaterThan(900);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 32, 50})
  void allTogetherHoldNoMoreThanMayBeHeldAndEachHasItsTurn(int most) {
    haveShards();
    shards.forEach(each -> each.counted(most, 50));
    shards.forEach(each -> each.sends(100_000));
    for (int i = 0; i < 60_000; i += 10) {
      pass(10);
      assertThat(held()).isLessThanOrEqualTo(most);
    }

    assertThat(passed()).isGreaterThan(most * 60 * 10);
    assertThat(shards).allSatisfy(each -> assertThat(each.passed).isPositive());
  }

  @Test
  void whoComesLaterGetsHisPartAsSoonAsOthersAreDone() {
    haveShards();
    shards.forEach(each -> each.counted(10, 50));
    shards.get(0).sends(100_000);
    pass(5000);
    shards.get(1).sends(100_000);
    pass(1000);

    assertThat(shards.get(1).held).isEqualTo(5);
    assertThat(held()).isEqualTo(10);
  }

  @Test
  void aNewHomeGivesNothingThatOthersHold() {
    haveShards();
    shards.forEach(each -> each.counted(10, 2000));
    shards.get(0).sends(100_000);
    pass(1000);
    home = new LimitHome(() -> nowMillis);
    shards.get(1).sends(100_000);
    for (int i = 0; i < 10_000; i += 10) {
      pass(10);
      assertThat(held()).isLessThanOrEqualTo(10);
    }
    assertThat(shards.get(1).passed).isPositive();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whateverHappensTheNumberIsNeverExceededTwice(int seed) {
    random = new SplittableRandom(seed);
    delayMillis = 1 + random.nextInt(40);
    haveShards();
    int most = 1 + random.nextInt(100);
    shards.forEach(each -> each.counted(most, 1 + random.nextInt(1000)));
    for (int i = 0; i < 300; i++) {
      Shard shard = shards.get(random.nextInt(random.nextBoolean() ? 3 : SHARDS));
      switch (random.nextInt(12)) {
        case 0 -> home = new LimitHome(() -> nowMillis);
        case 1 -> isHomeReached = !isHomeReached;
        case 2 -> shard.isCutOff = true;
        case 3, 4 -> shard.isCutOff = false;
        default -> shard.sends(random.nextInt(1 + most));
      }
      pass(random.nextInt(500));
      assertThat(held()).as("seed %d", seed).isLessThanOrEqualTo(2 * most);
    }
    isHomeReached = true;
    shards.forEach(each -> each.isCutOff = false);
    pass(60_000);
    assertThat(shards).as("seed %d", seed).allSatisfy(each -> assertThat(each.held).isZero());
  }
}
