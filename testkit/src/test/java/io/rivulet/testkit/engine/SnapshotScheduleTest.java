package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineStats;
import io.rivulet.engine.group.Filter;
import io.rivulet.engine.index.SnapshotBounds;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When snapshots of the index are made, beside those for retention. */
final class SnapshotScheduleTest {
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final SnapshotBounds BY_TIME = new SnapshotBounds(Optional.of(INTERVAL), 0, 0);

  private static RequestWorld world(SnapshotBounds bounds) {
    return new RequestWorld(CrashWorld.config(0).toBuilder().snapshots(bounds).build());
  }

  private static void send(RequestWorld world, int messages, int bytes) {
    for (int i = 0; i < messages; i++) {
      world.send(world.message("t", new byte[bytes]));
    }
  }

  /** Time passes in steps in which the shard gets a turn. */
  private static void pass(RequestWorld world, Duration time) {
    for (long seconds = 0; seconds < time.toSeconds(); seconds++) {
      world.pass(Duration.ofSeconds(1));
    }
  }

  private static EngineStats.Snapshots stats(RequestWorld world) {
    pass(world, Duration.ofSeconds(1));
    return world.shard().stats().snapshots();
  }

  @Test
  void withoutBoundsNoneIsMadeUnlessTheLogIsToBeTrimmed() {
    RequestWorld world = world(SnapshotBounds.none());
    send(world, 500, 1000);

    pass(world, Duration.ofMinutes(10));

    assertThat(stats(world).stored()).isZero();
    assertThat(stats(world).position()).isZero();
    assertThat(stats(world).tailRecords()).isGreaterThanOrEqualTo(500);
  }

  @Test
  void oneIsMadeAfterSomeTimeAndNoMoreWhileNothingChanges() {
    RequestWorld world = world(BY_TIME);
    send(world, 1, 10);

    pass(world, INTERVAL.plusSeconds(10));
    long end = world.driver.log().end();
    pass(world, Duration.ofHours(1));

    EngineStats.Snapshots found = stats(world);
    assertThat(found.stored()).isEqualTo(1);
    assertThat(found.position()).isEqualTo(end);
    assertThat(found.tailRecords()).isZero();
    assertThat(found.ageMillis()).isBetween(3_590_000L, 3_620_000L);
  }

  @Test
  void oneIsMadeAfterSoManyBytes() {
    RequestWorld world = world(new SnapshotBounds(Optional.empty(), 100_000, 0));
    send(world, 9, 10_000);
    pass(world, Duration.ofMinutes(5));
    assertThat(stats(world).stored()).isZero();

    send(world, 1, 10_000);
    pass(world, Duration.ofSeconds(10));

    assertThat(stats(world).stored()).isEqualTo(1);
  }

  @Test
  void oneIsMadeAfterSoManyRecordsAndThoseReplayedCount() {
    RequestWorld world = world(new SnapshotBounds(Optional.empty(), 0, 100));
    send(world, 60, 10);
    world.restart(true);
    assertThat(stats(world).tailRecords()).isBetween(60L, 99L);
    assertThat(stats(world).stored()).isZero();

    send(world, 60, 10);
    pass(world, Duration.ofSeconds(10));

    assertThat(stats(world).stored()).isEqualTo(1);
  }

  @Test
  void oneThatIsBeingStoredDoesNotCountAndHoldsUpTheNextButNothingElse() {
    RequestWorld world = world(BY_TIME);
    world.driver.index().setStoringSlow(true);
    send(world, 1, 10);
    pass(world, INTERVAL.plusSeconds(10));
    assertThat(world.driver.index().isStoringSnapshot()).isTrue();
    long begun = world.driver.index().position();

    send(world, 100, 10);
    pass(world, INTERVAL.multipliedBy(10));

    assertThat(stats(world).stored()).isZero();
    assertThat(stats(world).position()).isZero();
    assertThat(world.driver.index().position()).isEqualTo(world.driver.log().end());
    world.driver.index().snapshotStored(true);
    assertThat(stats(world).position()).isEqualTo(begun);
    assertThat(stats(world).tailRecords()).isGreaterThanOrEqualTo(100);
    pass(world, Duration.ofSeconds(10));
    world.driver.index().snapshotStored(true);
    assertThat(stats(world).position()).isEqualTo(world.driver.log().end());
  }

  @Test
  void oneThatCouldNotBeStoredIsMadeAnewSoon() {
    RequestWorld world = world(new SnapshotBounds(Optional.of(Duration.ofHours(1)), 0, 0));
    world.driver.index().setStoringSlow(true);
    send(world, 1, 10);
    pass(world, Duration.ofHours(1).plusSeconds(10));

    world.driver.index().snapshotStored(false);
    pass(world, Duration.ofSeconds(50));

    assertThat(world.driver.index().isStoringSnapshot()).isTrue();
  }

  @Test
  void oneThatSomebodyAsksForIsMadeAtOnce() {
    RequestWorld world = world(SnapshotBounds.none());
    world.standardGroup("g", "t", Filter.all());
    send(world, 1, 10);

    world.shard().wantSnapshot();
    pass(world, Duration.ofSeconds(10));

    assertThat(stats(world).position()).isEqualTo(world.driver.log().end());
  }

  @Test
  void oneThatSomebodyAsksForIsMadeAlthoughNothingHasChangedSinceTheLast() {
    RequestWorld world = world(SnapshotBounds.none());
    send(world, 1, 10);
    world.shard().wantSnapshot();
    pass(world, Duration.ofSeconds(10));
    assertThat(stats(world).stored()).isEqualTo(1);
    long position = stats(world).position();

    world.shard().wantSnapshot();
    pass(world, Duration.ofSeconds(10));

    assertThat(stats(world).stored()).isEqualTo(2);
    assertThat(stats(world).position()).isEqualTo(position);
  }
}
