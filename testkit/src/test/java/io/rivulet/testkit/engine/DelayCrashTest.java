package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.shard.ParkedInspector;
import io.rivulet.testkit.engine.CrashWorld.Loss;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The time of messages that wait comes, and the process dies after the first move of what follows,
 * in another world after the second, and so on to its end. Each is delivered once nevertheless.
 */
final class DelayCrashTest {
  private static final int MAX_MOVES = 2000;
  private static final Duration DELAY = Duration.ofMinutes(1);

  /** More than join in one turn. */
  private static final int COUNT = 260;

  private interface Deed {
    RequestWorld prepare();

    void begin(RequestWorld world);

    /** What must have been delivered in the end, once each. */
    List<String> expected();
  }

  private static void crashEverywhere(Deed deed) {
    int moves = crashAt(deed, Integer.MAX_VALUE, Loss.NOTHING);
    assertThat(moves).isGreaterThan(2 * ShardDriver.MOVES);
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

  /** Answers after how many moves it came to rest, or died. */
  private static int crashAt(Deed deed, int moves, Loss loss) {
    RequestWorld world = deed.prepare();
    world.driver.settle();
    deed.begin(world);
    int moved = 0;
    while (moved < moves
        && !(moved % ShardDriver.MOVES == 0 && moved > 0 && world.driver.isAtRest())) {
      assertThat(moved).isLessThan(MAX_MOVES);
      world.driver.move(moved++);
    }
    world.driver.crash(loss.keptBatches, loss.keptWrites, false);
    world.driver.settle();
    ParkedInspector found = new ParkedInspector(world.shard());
    assertThat(found.wrong(world.driver.log().head())).isEmpty();
    world.pass(DELAY.multipliedBy(3));
    assertThat(found.count()).isZero();
    world.introduce("c-g", "g");
    List<String> got = new ArrayList<>();
    for (List<DeliveredMessage> batch = world.poll("g", "t");
        !batch.isEmpty();
        batch = world.poll("g", "t")) {
      got.addAll(RequestWorld.ids(batch));
    }
    assertThat(got).containsExactlyInAnyOrderElementsOf(deed.expected());
    return moved;
  }

  private static List<String> ids(int count) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add("m" + i);
    }
    return ids;
  }

  @Test
  void eachJoinsItsQueueOnceWheneverTheProcessDies() {
    crashEverywhere(
        new Deed() {
          @Override
          public RequestWorld prepare() {
            RequestWorld world = new RequestWorld();
            world.standardGroup("g", "t", Filter.all());
            List<Message> batch = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
              long due = world.wallMillis() + DELAY.toMillis() + i % 3;
              batch.add(world.message("t").deliverAt(due).build());
            }
            world.settled(world.shard().send("", batch));
            return world;
          }

          @Override
          public void begin(RequestWorld world) {
            world.driver.pass(DELAY.toMillis() + 10);
          }

          @Override
          public List<String> expected() {
            return ids(COUNT);
          }
        });
  }

  @Test
  void whatRetentionWouldTakeIsCarriedOnOnceWheneverTheProcessDies() {
    crashEverywhere(
        new Deed() {
          @Override
          public RequestWorld prepare() {
            RequestWorld world =
                new RequestWorld(
                    CrashWorld.config(600_000).toBuilder().checkpointBytes(50_000).build());
            world.standardGroup("g", "t", Filter.all());
            for (int i = 0; i < 10; i++) {
              int size = i == 5 ? 150_000 : 10;
              long due = world.wallMillis() + DELAY.toMillis();
              world.send(world.message("t", new byte[size]).deliverAt(due));
            }
            for (int i = 0; i < 12; i++) {
              world.send(world.message("other", new byte[50_000]));
            }
            return world;
          }

          @Override
          public void begin(RequestWorld world) {
            world.driver.pass(1_000);
          }

          @Override
          public List<String> expected() {
            return ids(10);
          }
        });
  }

  @Test
  void whatIsOldWhenItsTimeComesIsCarriedOnOnceWheneverTheProcessDies() {
    crashEverywhere(
        new Deed() {
          @Override
          public RequestWorld prepare() {
            RequestWorld world =
                new RequestWorld(
                    CrashWorld.config(0).toBuilder()
                        .retentionTime(Optional.of(Duration.ofSeconds(100)))
                        .build());
            world.standardGroup("g", "t", Filter.all());
            for (int i = 0; i < 10; i++) {
              long due = world.wallMillis() + DELAY.toMillis();
              world.send(world.message("t").deliverAt(due));
            }
            return world;
          }

          @Override
          public void begin(RequestWorld world) {
            world.driver.pass(DELAY.toMillis());
          }

          @Override
          public List<String> expected() {
            return ids(10);
          }
        });
  }
}
