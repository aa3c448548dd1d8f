package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.lite.OffsetOption;
import io.rivulet.engine.lite.ReadReply;
import io.rivulet.engine.lite.ReadRequest;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.TransferInspector;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of one shard are taken into several, and back into one; the process dies at
 * random meanwhile and begins again.
 *
 * <p>{@code -Drivulet.seed=N} runs one seed, {@code -Drivulet.seeds=N} as many as wanted.
 */
class TransferSimulationTest {
  private static final int SEEDS = Integer.getInteger("rivulet.seeds", 1000) / 20;
  private static final int STEPS = 200;
  private static final int MANY = 1000;

  @Test
  void whatStandsInOneShardIsTheSameAfterHavingBeenInSeveral() {
    Long one = Long.getLong("rivulet.seed");
    for (long seed = one == null ? 1 : one; seed <= (one == null ? SEEDS : one); seed++) {
      run(seed);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1})
  void seedsThatFailedOnceFailNoMore(long seed) {
    run(seed);
  }

  private static void run(long seed) {
    try {
      new TransferSimulationTest().thereAndBack(seed);
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("seed %d (-Drivulet.seed=%d): %s".formatted(seed, seed, e), e);
    }
  }

  private void thereAndBack(long seed) throws IOException {
    RandomGeneratorFactory<RandomGenerator> dice = RandomGeneratorFactory.of("L64X128MixRandom");
    RandomGenerator random = dice.create(seed + 77);
    SimulatedWorld world =
        new SimulatedWorld(
            dice.create(seed),
            seed % 3 == 0 ? dice.create(seed + 1) : null,
            seed % 2 == 0 ? dice.create(seed + 2) : null,
            seed % 5 == 0 ? dice.create(seed + 3) : null);
    world.live(STEPS);
    world.driver.settle();
    ShardMover.Stored one =
        new ShardMover.Stored(
            world.driver.log().crash(Integer.MAX_VALUE),
            world.driver.index().crash(random.nextInt(world.driver.unflushedWrites() + 1)));
    ShardMover moving = new ShardMover(world.config, world.driver.clock, random);
    Seen before = look(moving, List.of(one));

    List<ShardMover.Stored> several = moving.move(List.of(one), random.nextInt(1, 7));
    assertThat(look(moving, several)).isEqualTo(before);
    List<ShardMover.Stored> back = moving.move(several, 1);
    assertThat(look(moving, back)).isEqualTo(before);
  }

  /** What users see: queues, how far groups are in them, and messages. */
  private record Seen(
      Map<TransferInspector.Named, String> queues,
      Map<TransferInspector.Named, List<String>> messages,
      long parked) {}

  /** Opens copies as servers do. */
  private static Seen look(ShardMover mover, List<ShardMover.Stored> stored) throws IOException {
    Map<TransferInspector.Named, String> queues =
        new TreeMap<>(Comparator.comparing(TransferInspector.Named::toString));
    Map<TransferInspector.Named, List<String>> messages =
        new TreeMap<>(Comparator.comparing(TransferInspector.Named::toString));
    long parked = 0;
    for (int number = 0; number < stored.size(); number++) {
      RunningShard shard =
          mover.serve(stored.get(number).copy(), new ShardNumber(number, stored.size()));
      TransferInspector inspector = new TransferInspector(shard);
      queues.putAll(inspector.queues());
      parked += inspector.parked();
      for (TransferInspector.Named queue : inspector.queues().keySet()) {
        messages.put(queue, read(shard, queue));
      }
    }
    return new Seen(queues, messages, parked);
  }

  /** One by one: of large ones a part may be gone, and then the rest is nothing. */
  private static List<String> read(RunningShard shard, TransferInspector.Named queue) {
    Map<Long, String> found = new TreeMap<>();
    long end = 1;
    for (long from = 0; from < Math.min(end, MANY); from++) {
      Outcome<ReadReply> read = read(shard, queue, from);
      if (!read.isOk()) {
        end = Math.max(end, from + 2);
        continue;
      }
      end = read.value().endOffset();
      for (StoredMessage each : read.value().messages()) {
        from = each.offset();
        found.put(
            from,
            "%d %d %s %s"
                .formatted(
                    from,
                    each.storeMillis(),
                    each.message().id(),
                    HexFormat.of().formatHex(each.message().body().toArray()).hashCode()));
      }
    }
    return List.copyOf(found.values());
  }

  private static Outcome<ReadReply> read(
      RunningShard shard, TransferInspector.Named queue, long offset) {
    CompletableFuture<Outcome<ReadReply>> reply =
        shard.read(
            new ReadRequest(
                queue.topic(),
                Optional.of(queue.queue()),
                new OffsetOption.At(offset),
                Optional.empty(),
                1,
                Duration.ZERO));
    for (int turns = 0; turns < MANY && !reply.isDone(); turns++) {
      var _ = shard.shard().turn();
    }
    return reply.join();
  }
}
