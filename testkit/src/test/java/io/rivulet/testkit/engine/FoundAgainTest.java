package io.rivulet.testkit.engine;

import static io.rivulet.testkit.engine.CrashWorld.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.testkit.engine.CrashWorld.Loss;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is in no ready set any more is found in the index when somebody polls. */
class FoundAgainTest {
  private final CrashWorld world = new CrashWorld(CrashWorld.config(0));

  private void begin() {
    world.defineTopic(false);
    world.defineGroup("g", Optional.empty());
  }

  /** Enough for a checkpoint that is flushed; no time passes, so that no TTL is looked at. */
  private void checkpoint() {
    world.sendLarge("other", 10_000);
    assertThat(world.driver.unflushedWrites()).isZero();
  }

  @Test
  void whatWasThereBeforeASubscriptionThatWasReplayedIsFoundAfterAnotherCrash() {
    begin();
    world.defineGroup("other", Optional.empty());
    world.follow("other", "d", names("s", 0, 3));
    world.sendNow(names("s", 0, 3));
    checkpoint();
    world.follow("g", "c", names("s", 0, 3));
    world.crash(Loss.INDEX_TAIL);
    checkpoint();

    world.crash(Loss.NOTHING);

    assertThat(world.drain("g", "c")).isEqualTo(names("s", 0, 3));
  }

  @Test
  void whatAClientMissedThatLeftAndCameBackIsFoundBeforeTheNextCheckpoint() {
    begin();
    world.follow("g", "c", names("s", 0, 3));
    checkpoint();
    world.sendNow(Set.of("s1"));
    // Its subscriptions can't be ended, so it comes back to them.
    world.driver.log().limitRoom(0, 0);
    world.driver.shard().clientGone("c");
    world.driver.settle();
    world.driver.log().limitRoom(Long.MAX_VALUE, 0);

    world.introduce("c", "g");

    assertThat(world.pollOnce("g", "c")).isEqualTo(Set.of("s1"));
  }
}
