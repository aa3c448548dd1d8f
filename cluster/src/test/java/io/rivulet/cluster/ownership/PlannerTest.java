package io.rivulet.cluster.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ownership.Inventory.Member;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final int SHARDS = 32;
  private static final long MINUTE = 60_000;

  private static final OwnershipConfig.Balancing DEFAULT = OwnershipConfig.Balancing.DEFAULT;

  private Planner planner = planner(2);
  private final Map<String, Member> members = new TreeMap<>();
  private final long[] loads = new long[SHARDS];
  private String[] holders = new String[SHARDS];
  private long nowMillis = 1_767_225_600_000L;
  private @Nullable Plan plan;

  private int arriving;

  PlannerTest() {
    Arrays.fill(holders, Plan.NOBODY);
    add("a", "b", "c");
  }

  private static Planner planner(int movesAtOnce) {
    return new Planner(
        new OwnershipConfig.Balancing(
            movesAtOnce,
            DEFAULT.moveTimeout(),
            DEFAULT.residence(),
            DEFAULT.loadInterval(),
            DEFAULT.loadMemory()));
  }

  private void add(String... names) {
    for (String name : names) {
      members.put(name, new Member(name, 1, true, Set.of()));
    }
  }

  private void drain(String name) {
    members.put(name, new Member(name, 1, false, Set.of()));
  }

  private void die(String name) {
    members.remove(name);
    for (int shard = 0; shard < SHARDS; shard++) {
      if (holders[shard].equals(name)) {
        holders[shard] = Plan.NOBODY;
      }
    }
  }

  private Plan plan() {
    return Objects.requireNonNull(plan);
  }

  private Plan next() {
    Inventory inventory =
        new Inventory(
            List.copyOf(members.values()),
            List.of(holders),
            Arrays.stream(loads).boxed().toList(),
            arriving,
            nowMillis);
    Plan made = planner.next(plan, inventory);
    plan = made;
    return made;
  }

  /** All moves come to their end. */
  private void follow() {
    holders = next().places().stream().map(Plan.Place::owner).toArray(String[]::new);
  }

  /** Plans until nothing changes; says after how many plans. */
  private int settle() {
    for (int count = 0; count < 100; count++) {
      Plan before = plan;
      follow();
      if (next().equals(before)) {
        return count;
      }
    }
    throw new AssertionError("it never settles: " + plan);
  }

  private Map<String, Long> count(Function<Plan.Place, String> who) {
    return next().places().stream()
        .collect(Collectors.groupingBy(who, TreeMap::new, Collectors.counting()));
  }

  private Map<String, Long> owned() {
    return count(Plan.Place::owner);
  }

  private int changed(Plan before) {
    int count = 0;
    for (int shard = 0; shard < SHARDS; shard++) {
      if (!before.place(shard).owner().equals(next().place(shard).owner())) {
        count++;
      }
    }
    return count;
  }

  @Test
  void theFirstPlanSharesOutEverythingAtOnce() {
    assertThat(owned().values()).containsExactlyInAnyOrder(11L, 11L, 10L);
    assertThat(count(Plan.Place::standby).values()).allMatch(each -> each >= 9 && each <= 12);
    assertThat(next().places()).noneMatch(each -> each.owner().equals(each.standby()));
  }

  @Test
  void aPlanThatIsFulfilledStays() {
    settle();
    Plan before = next();

    nowMillis += 60 * MINUTE;

    assertThat(next()).isEqualTo(before);
  }

  @Test
  void oneNodeOwnsEverythingAndHasNoStandby() {
    members.clear();
    add("a");

    assertThat(next().places()).containsOnly(new Plan.Place("a", Plan.NOBODY, 0));
  }

  @Test
  void withoutNodesThePlanStays() {
    settle();
    Plan before = next();
    members.clear();

    assertThat(next()).isEqualTo(before);
  }

  @Test
  void theShardsOfADeadNodeGoToTheirStandbysAndAreSpread() {
    settle();
    Plan before = next();
    die("a");

    Plan after = next();

    for (int shard = 0; shard < SHARDS; shard++) {
      Plan.Place place = before.place(shard);
      assertThat(after.place(shard).owner())
          .isEqualTo(place.owner().equals("a") ? place.standby() : place.owner());
      assertThat(after.place(shard).standby()).isNotIn("a", after.place(shard).owner());
    }
    assertThat(owned().values()).allMatch(each -> each >= 15 && each <= 17);
  }

  @Test
  void aStandbyThatHasTakenAShardKeepsIt() {
    settle();
    Plan.Place place = next().place(7);
    holders[7] = place.standby();
    die(place.owner());

    assertThat(next().place(7).owner()).isEqualTo(place.standby());
  }

  @Test
  void aNodeThatJoinsTakesItsShareAndNotMore() {
    settle();
    Plan before = next();
    add("d");

    int plans = settle();

    assertThat(owned().values()).allMatch(each -> each >= 7 && each <= 9);
    assertThat(changed(before)).isBetween(7, 8);
    assertThat(plans).isLessThanOrEqualTo(8);
    assertThat(count(Plan.Place::standby).get("d")).isGreaterThanOrEqualTo(6);
  }

  @Test
  void onlySomeShardsMoveAtATime() {
    settle();
    Plan before = next();
    add("d");

    assertThat(changed(before)).isEqualTo(2);
    next();
    assertThat(changed(before)).isEqualTo(2);
  }

  @Test
  void oneShardMovesAtATimeUnlessMoreAreWanted() {
    assertThat(DEFAULT.movesAtOnce()).isEqualTo(1);
    planner = planner(1);
    settle();
    Plan before = next();
    add("d");

    assertThat(changed(before)).isEqualTo(1);
    assertThat(settle()).isLessThanOrEqualTo(10);
    assertThat(owned().values()).allMatch(each -> each >= 7 && each <= 9);
  }

  @Test
  void whatWasToGoToANodeThatLeavesStaysAndItsOwnGoes() {
    planner = planner(1);
    settle();
    add("d");
    follow();
    Plan before = next();
    int onItsWay = awaited(before, "d");
    drain("d");
    Plan after = next();

    assertThat(after.place(onItsWay).owner()).isEqualTo(holders[onItsWay]);
    assertThat(after.places())
        .filteredOn(each -> each.owner().equals("d"))
        .hasSize((int) Arrays.stream(holders).filter("d"::equals).count() - 1);
  }

  @Test
  void aNodeThatLeavesDoesNotWaitForTheBalanceOfOthers() {
    planner = planner(1);
    settle();
    add("d");
    Plan before = next();
    int onItsWay = awaited(before, "d");
    String leaving = holders[onItsWay].equals("a") ? "b" : "a";
    drain(leaving);
    Plan after = next();

    assertThat(after.place(onItsWay).owner()).isEqualTo("d");
    assertThat(awaitedFrom(after, leaving)).isEqualTo(1);
    assertThat(awaitedFrom(next(), leaving)).as("and no second one").isEqualTo(1);
  }

  @Test
  void whatIsOnItsWayFromOneLeavingNodeToAnotherGoesElsewhere() {
    planner = planner(1);
    settle();
    drain("a");
    Plan before = next();
    int onItsWay = awaited(before, "b", "c");
    String target = before.place(onItsWay).owner();
    drain(target);
    Plan after = next();

    assertThat(after.place(onItsWay).owner()).isNotIn("a", target);
  }

  /** A shard that one of these nodes is to get from another one. */
  private int awaited(Plan plan, String... nodes) {
    for (int shard = 0; shard < SHARDS; shard++) {
      String owner = plan.place(shard).owner();
      if (List.of(nodes).contains(owner) && !owner.equals(holders[shard])) {
        return shard;
      }
    }
    throw new AssertionError("nothing is on its way: " + plan);
  }

  /** How many shards others are to get from this node. */
  private int awaitedFrom(Plan plan, String node) {
    int count = 0;
    for (int shard = 0; shard < SHARDS; shard++) {
      if (holders[shard].equals(node) && !plan.place(shard).owner().equals(node)) {
        count++;
      }
    }
    return count;
  }

  @Test
  void theOwnerBeforeIsTheStandbyAfterAMoveToTheStandby() {
    settle();
    Plan before = next();
    drain("a");
    Plan after = next();

    for (int shard = 0; shard < SHARDS; shard++) {
      if (!before.place(shard).owner().equals(after.place(shard).owner())) {
        assertThat(after.place(shard).owner()).isEqualTo(before.place(shard).standby());
        assertThat(after.place(shard).standby()).isNotIn("a", after.place(shard).owner());
      }
    }
  }

  @Test
  void whatIsStillArrivingCountsAsAMove() {
    settle();
    drain("a");
    Plan one = next();
    assertThat(changed(one)).isZero();
    follow();

    arriving = 1;
    Plan two = plan();
    assertThat(changed(two)).isEqualTo(1);
    follow();

    arriving = 2;
    Plan three = plan();
    assertThat(changed(three)).isZero();
  }

  @Test
  void aNodeThatIsDrainedLosesEverything() {
    settle();
    drain("b");

    int plans = settle();

    assertThat(owned()).containsOnlyKeys("a", "c");
    assertThat(count(Plan.Place::standby)).containsOnlyKeys("a", "c");
    assertThat(plans).isLessThanOrEqualTo(8);
  }

  @Test
  void drainedNodesKeepWhatNobodyElseCouldHave() {
    settle();
    Map<String, Long> before = owned();
    drain("a");
    drain("b");
    drain("c");

    settle();

    assertThat(owned()).isEqualTo(before);
  }

  @Test
  void aShardThatCannotBeOpenedGoesToAnotherNode() {
    settle();
    String owner = next().place(3).owner();
    holders[3] = Plan.NOBODY;
    members.put(owner, new Member(owner, 1, true, Set.of(3)));

    assertThat(next().place(3).owner()).isNotEqualTo(owner);
    settle();
    assertThat(next().place(3).standby()).isNotEqualTo(owner);
  }

  @Test
  void aShardThatNobodyCanOpenStaysWhereItIs() {
    settle();
    String owner = next().place(3).owner();
    for (String name : Set.copyOf(members.keySet())) {
      members.put(name, new Member(name, 1, true, Set.of(3)));
    }

    assertThat(next().place(3).owner()).isEqualTo(owner);
  }

  @Test
  void loadCountsAndNotOnlyTheNumberOfShards() {
    settle();
    Plan before = next();
    for (int shard = 0; shard < SHARDS; shard++) {
      loads[shard] = before.place(shard).owner().equals("a") ? 5000 : 500;
    }
    nowMillis += 10 * MINUTE;

    settle();

    Map<String, Double> work = new TreeMap<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      work.merge(next().place(shard).owner(), 1 + loads[shard] / mean(), Double::sum);
    }
    double fair = work.values().stream().mapToDouble(Double::doubleValue).sum() / 3;
    assertThat(work.values()).allMatch(each -> Math.abs(each - fair) < 0.2 * fair);
    assertThat(owned().get("a")).isLessThan(10);
  }

  private double mean() {
    return Arrays.stream(loads).average().orElseThrow();
  }

  @Test
  void aLittleMoreOrLessLoadMovesNothing() {
    SplittableRandom random = new SplittableRandom(7);
    Arrays.fill(loads, 1000);
    settle();
    Plan before = next();
    int moves = 0;
    for (int minute = 0; minute < 500; minute++) {
      for (int shard = 0; shard < SHARDS; shard++) {
        loads[shard] = random.nextLong(900, 1100);
      }
      nowMillis += MINUTE;
      moves += changed(before);
      follow();
      before = next();
    }

    assertThat(moves).isLessThanOrEqualTo(3);
  }

  @Test
  void whateverTheLoadsNoShardMovesTwiceWithinItsResidence() {
    SplittableRandom random = new SplittableRandom(7);
    settle();
    long[] movedMillis = new long[SHARDS];
    Arrays.fill(movedMillis, Long.MIN_VALUE / 2);
    for (int step = 0; step < 2000; step++) {
      for (int shard = 0; shard < SHARDS; shard++) {
        loads[shard] = random.nextLong(10_000);
      }
      nowMillis += 5000;
      Plan before = next();
      for (int shard = 0; shard < SHARDS; shard++) {
        String owner = before.place(shard).owner();
        if (!owner.equals(holders[shard])) {
          assertThat(nowMillis - movedMillis[shard]).isGreaterThanOrEqualTo(MINUTE);
          movedMillis[shard] = nowMillis;
        }
      }
      follow();
    }
  }

  @Test
  void aNodeOfTwiceTheCapacityOwnsTwiceAsMuch() {
    members.put("a", new Member("a", 2, true, Set.of()));

    settle();

    assertThat(owned().get("a")).isBetween(15L, 17L);
  }

  @Test
  void whateverHappensItSettlesAndEveryShardHasAnOwnerAndAStandby() {
    for (long seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      for (int step = 0; step < 20; step++) {
        String name = String.valueOf((char) ('a' + random.nextInt(6)));
        switch (random.nextInt(5)) {
          case 0 -> die(name);
          case 1 -> drain(name);
          case 2 -> loads[random.nextInt(SHARDS)] = random.nextLong(20_000);
          case 3 -> nowMillis += MINUTE;
          default -> add(name);
        }
        follow();
      }
      add("a", "b");
      nowMillis += MINUTE;

      settle();

      Set<String> eligible = new TreeSet<>();
      members.values().stream()
          .filter(Member::isEligible)
          .forEach(each -> eligible.add(each.name()));
      List<String> wrong = new ArrayList<>();
      for (Plan.Place place : next().places()) {
        if (!eligible.contains(place.owner())
            || !eligible.contains(place.standby())
            || place.owner().equals(place.standby())) {
          wrong.add(place.toString());
        }
      }
      assertThat(wrong).as("seed %d, members %s", seed, members).isEmpty();
    }
  }
}
