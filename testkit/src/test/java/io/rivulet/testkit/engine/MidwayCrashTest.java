package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.CrashWorld.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.lite.LiteTopicView;
import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.SubscriptionChange.Action;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.testkit.engine.CrashWorld.Loss;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Crashes that aim: something that takes many turns is begun, and the process dies after its first
 * move, in another world after its second, and so on to its end, each time with all that such a
 * death can take. What comes back must be the fold of the log, nothing may be left over or missing,
 * and what was answered must have happened.
 */
class MidwayCrashTest {
  private static final int MAX_MOVES = 2000;

  /** Something that takes many turns. */
  private interface Deed {
    /** What is there before; all is durable. */
    void prepare(CrashWorld world);

    /** Begins it; its answer. */
    CompletableFuture<?> begin(CrashWorld world);

    /** Before which of the moves it is begun once more. */
    default boolean beginsMoreAt(int move) {
      return move < 0;
    }

    /** Whether it has happened, or what of it, after the crash. */
    void judge(CrashWorld world, boolean isAnswered);
  }

  private static void crashEverywhere(Deed deed) {
    int moves = movesOf(deed);
    assertThat(moves).isGreaterThan(4 * ShardDriver.MOVES);
    for (int at = 0; at <= moves; at++) {
      for (Loss loss : Loss.values()) {
        try {
          crashAt(deed, at, loss);
        } catch (RuntimeException | AssertionError e) {
          throw new AssertionError(
              "after move " + at + " of " + moves + ", losing " + loss + ": " + e.getMessage(), e);
        }
      }
    }
  }

  private static CrashWorld begun(Deed deed) {
    CrashWorld world = new CrashWorld(CrashWorld.config(0));
    deed.prepare(world);
    world.driver.settle();
    return world;
  }

  private static int movesOf(Deed deed) {
    CrashWorld world = begun(deed);
    var _ = deed.begin(world);
    for (int moves = 1; moves < MAX_MOVES; moves++) {
      move(deed, world, moves - 1);
      if (moves % ShardDriver.MOVES == 0 && world.driver.isAtRest()) {
        return moves;
      }
    }
    throw new AssertionError("it does not come to rest in " + MAX_MOVES + " moves");
  }

  private static void move(Deed deed, CrashWorld world, int nth) {
    if (deed.beginsMoreAt(nth)) {
      var _ = deed.begin(world);
    }
    world.driver.move(nth);
  }

  private static void crashAt(Deed deed, int moves, Loss loss) {
    CrashWorld world = begun(deed);
    CompletableFuture<?> reply = deed.begin(world);
    for (int i = 0; i < moves; i++) {
      move(deed, world, i);
    }
    final boolean isAnswered = reply.isDone();
    world.crash(loss);
    world.driver.settle();
    deed.judge(world, isAnswered);
    world.expectOrder();
    world.expectFold();
  }

  @Test
  void lastingLiteTopicsAreReclaimedWholeOrNotAtAll() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            world.defineTopic(false);
            world.defineGroup("g", Optional.empty());
            world.defineGroup("w", Optional.of("unread"));
            world.follow("g", "c", names("old", 0, 200));
            world.follow("g", "d", names("kept", 0, 20));
            world.sendNow(names("old", 0, 200));
            world.drain("g", "c");
            world.introduce("w1", "w");
            world.drain("w", "w1");
            world.sendNow(names("unread", 0, 20));
            world.sendNow(names("kept", 0, 20));
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            world.driver.shard().clientGone("c");
            world.driver.move(0);
            world.driver.pass(CrashWorld.TTL.toMillis() + 1000);
            return new CompletableFuture<>();
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            Set<String> lasting = new TreeSet<>(names("kept", 0, 20));
            lasting.addAll(names("unread", 0, 20));
            assertThat(world.liteTopics()).containsAll(lasting);

            world.driver.shard().clientGone("c");
            for (int i = 0; i < 3; i++) {
              world.driver.settle();
              world.driver.pass(CrashWorld.TTL.toMillis() + 1000);
            }
            world.driver.settle();

            assertThat(world.liteTopics()).isEqualTo(lasting);
            assertThat(world.inspector().followed("g", "c")).isEmpty();
            assertThat(world.inspector().followed("g", "d"))
                .isEqualTo(new TreeSet<>(names("kept", 0, 20)));
            assertThat(world.drain("g", "d")).isEqualTo(new TreeSet<>(names("kept", 0, 20)));
            assertThat(world.drain("w", "w1")).isEqualTo(new TreeSet<>(names("unread", 0, 20)));
          }
        });
  }

  @Test
  void liteTopicsThatNobodyFollowsAnyMoreAreReclaimedWholeOrNotAtAll() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            world.defineTopic(true);
            world.defineGroup("g", Optional.empty());
            world.follow("g", "c", names("s", 0, 700));
            world.follow("g", "d", names("s", 0, 20));
            world.sendNow(names("s", 0, 60));
            world.drain("g", "c");
            world.sendNow(names("s", 0, 10));
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            return world.change("g", "c", Action.CLEAR, Set.of());
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            if (isAnswered) {
              assertThat(world.inspector().followed("g", "c")).isEmpty();
            }

            var again = world.change("g", "c", Action.CLEAR, Set.of());

            assertThat(world.settled(again).value()).isZero();
            assertThat(world.liteTopics()).isEqualTo(new TreeSet<>(names("s", 0, 20)));
            assertThat(world.drain("g", "d")).isEqualTo(new TreeSet<>(names("s", 0, 10)));
          }
        });
  }

  @Test
  void aLargeFullSyncHasHappenedWhenItWasAnsweredAndCanBeRepeated() {
    crashEverywhere(
        new Deed() {
          private final Set<String> before = new TreeSet<>(names("s", 0, 700));
          private final Set<String> after = new TreeSet<>(names("s", 600, 2000));

          @Override
          public void prepare(CrashWorld world) {
            world.defineTopic(false);
            world.defineGroup("g", Optional.empty());
            world.sendNow(names("s", 590, 610));
            world.follow("g", "c", before);
            // What was added a moment ago wins over a full sync.
            world.driver.pass(11_000);
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            return world.change("g", "c", Action.REPLACE, after);
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            Set<String> found = world.inspector().followed("g", "c");
            if (isAnswered) {
              assertThat(found).isEqualTo(after);
            } else {
              assertThat(found).containsAll(names("s", 600, 700));
              found.removeAll(before);
              assertThat(after).containsAll(found);
            }

            var again = world.change("g", "c", Action.REPLACE, after);

            assertThat(world.settled(again).value()).isEqualTo(after.size());
            assertThat(world.inspector().followed("g", "c")).isEqualTo(after);
            assertThat(world.drain("g", "c")).containsAll(names("s", 600, 610));
          }
        });
  }

  @Test
  void nothingIsLostWhileTheIndexIsWritten() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            world.defineTopic(false);
            world.defineGroup("g", Optional.empty());
            world.defineGroup("w", Optional.of("s1"));
            world.follow("g", "c", names("s", 0, 60));
            world.sendNow(names("s", 0, 30));
            world.drain("g", "c");
            world.introduce("w1", "w");
            world.sendNow(names("s", 0, 20));
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            // More than a checkpoint's worth; the flush follows after some of them.
            return world.send(names("s", 20, 90));
          }

          @Override
          public boolean beginsMoreAt(int move) {
            return move < 60 && move % 10 == 3;
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            Set<String> got = world.drain("g", "c");

            assertThat(got).containsAll(names("s", 0, isAnswered ? 60 : 20));
            assertThat(world.drain("w", "w1")).containsAll(names("s", 10, 20)).contains("s1");
            assertThat(world.inspector().undrained()).noneMatch(each -> each.contains("group g"));
          }
        });
  }

  @Test
  void aTopicThatIsDeletedIsGoneWholeOrStillThere() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            prepareForDeletion(world);
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            return world.driver.shard().deleteTopic("chat");
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            boolean isGone = world.driver.shard().topic("chat").isEmpty();
            assertThat(isGone || !isAnswered).isTrue();
            assertThat(world.liteTopics()).hasSize(isGone ? 0 : 100);

            expectDeletedOr(
                RefusalCode.TOPIC_NOT_FOUND,
                isGone,
                world.settled(world.driver.shard().deleteTopic("chat")));

            assertThat(world.inspector().followed("g", "c")).isEmpty();
          }
        });
  }

  @Test
  void aGroupThatIsDeletedIsGoneWholeOrStillThere() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            prepareForDeletion(world);
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            return world.driver.shard().deleteGroup("g");
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            boolean isGone = world.driver.shard().group("g").isEmpty();
            assertThat(isGone || !isAnswered).isTrue();

            expectDeletedOr(
                RefusalCode.GROUP_NOT_FOUND,
                isGone,
                world.settled(world.driver.shard().deleteGroup("g")));

            world.expectOrder();
            world.defineGroup("g", Optional.empty());
            assertThat(world.inspector().followed("g", "c")).isEmpty();
            world.follow("g", "c", names("s", 0, 30));
            assertThat(world.drain("g", "c")).containsAll(names("s", 0, 30));
          }
        });
  }

  @Test
  void whatWasPendingForADeletedPrefixGroupGoesWhole() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            world.defineTopic(false);
            world.defineGroup("w", Optional.of("s"));
            world.follow("w", "w1", Set.of());
            world.sendNow(names("s", 0, 250));
            // So many checkpoints that most of them are in memory no more.
            for (int i = 0; i < 4; i++) {
              world.sendLarge("other", 10_000);
            }
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            return world.driver.shard().deleteGroup("w");
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            boolean isGone = world.driver.shard().group("w").isEmpty();
            assertThat(isGone || !isAnswered).isTrue();

            expectDeletedOr(
                RefusalCode.GROUP_NOT_FOUND,
                isGone,
                world.settled(world.driver.shard().deleteGroup("w")));
          }
        });
  }

  private static void prepareForDeletion(CrashWorld world) {
    world.defineTopic(false);
    world.defineGroup("g", Optional.empty());
    world.defineGroup("w", Optional.of("s1"));
    world.follow("g", "c", names("s", 0, 300));
    world.follow("g", "d", names("s", 50, 200));
    world.introduce("w1", "w");
    world.sendNow(names("s", 0, 100));
    world.drain("w", "w1");
    world.sendNow(names("s", 0, 30));
  }

  private static void expectDeletedOr(RefusalCode code, boolean isGone, Outcome<?> outcome) {
    if (outcome instanceof Outcome.Refused<?> refused) {
      assertThat(isGone).isTrue();
      assertThat(refused.refusal().code()).isEqualTo(code);
    } else {
      assertThat(isGone).isFalse();
    }
  }

  @Test
  void aResetOfManyQueuesHasHappenedWhenItWasAnswered() {
    crashEverywhere(
        new Deed() {
          @Override
          public void prepare(CrashWorld world) {
            world.defineTopic(false);
            world.defineGroup("w", Optional.of("s"));
            world.introduce("w1", "w");
            world.sendNow(names("s", 0, 500));
            world.sendNow(names("t", 0, 5));
            world.follow("w", "w1", Set.of());
          }

          @Override
          public CompletableFuture<?> begin(CrashWorld world) {
            return reset(world);
          }

          private CompletableFuture<Outcome<Integer>> reset(CrashWorld world) {
            return world
                .driver
                .shard()
                .resetOffset("w", "chat", Optional.empty(), new OffsetOption.Max());
          }

          @Override
          public void judge(CrashWorld world, boolean isAnswered) {
            if (!isAnswered) {
              assertThat(world.settled(reset(world)).value()).isEqualTo(500);
            }

            var described = world.settled(world.driver.shard().describeLite("chat", "s77"));
            assertThat(described.value().progress())
                .extracting(LiteTopicView.Progress::backlog)
                .containsExactly(0L);
            assertThat(world.drain("w", "w1")).isEmpty();
          }
        });
  }

  @Test
  void anIndexThatEndsWhereASegmentDidIsEnoughWhenThatSegmentIsTrimmed() {
    for (int seconds = 1; seconds <= 40; seconds++) {
      // Two segments are more than that, and each message needs one.
      CrashWorld world = new CrashWorld(CrashWorld.config(300_000));
      world.defineTopic(false);
      world.defineGroup("g", Optional.empty());
      world.follow("g", "c", Set.of("s0"));
      for (int i = 0; i < seconds; i++) {
        if (i % 8 == 0) {
          world.sendLarge("s0", 200_000);
        }
        world.driver.pass(1000);
        world.driver.settle();
      }

      world.crash(Loss.INDEX_TAIL);

      assertThat(world.drain("g", "c")).containsExactly("s0");
      world.expectOrder();
    }
  }
}
