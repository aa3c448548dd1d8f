package io.rivulet.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.RunningShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.ShardThreads;
import io.rivulet.engine.shard.Transfer;
import io.rivulet.engine.shard.TransferCheck;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import io.rivulet.testkit.time.SimulatedClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Owned by one thread. Takes what is stored into another number of shards, and dies now and then.
 */
final class ShardMover {
  private static final int SEGMENT_BYTES = 256 << 10;

  /** Log and index of a shard. */
  record Stored(MemoryLog log, MemoryIndex index) {
    Stored copy() {
      return new Stored(log.crash(Integer.MAX_VALUE), index.crash(Integer.MAX_VALUE));
    }

    /** After a loss of power. */
    Stored after(RandomGenerator random) {
      MemoryLog found = log.crash(random.nextInt(unsynced() + 1));
      MemoryIndex foundIndex =
          random.nextInt(4) == 0
              ? index.lose()
              : index.crash(random.nextInt(index.unflushedWrites() + 1));
      return new Stored(found, foundIndex);
    }

    private int unsynced() {
      return log.unsyncedBatches() + log.unwrittenBatches();
    }
  }

  /** The process dies. */
  private static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private final EngineConfig config;
  private final SimulatedClock clock;
  private final RandomGenerator random;
  private int lives;

  ShardMover(EngineConfig config, SimulatedClock clock, RandomGenerator random) {
    this.config = config;
    this.clock = clock;
    this.random = random;
  }

  List<Stored> move(List<Stored> sources, int count) throws IOException {
    List<Stored> targets = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      targets.add(new Stored(MemoryLog.manual(clock, SEGMENT_BYTES), new MemoryIndex()));
    }
    for (int deaths = random.nextInt(6); ; deaths--) {
      lives = deaths > 0 ? random.nextInt(1, 300) : Integer.MAX_VALUE;
      try {
        List<OfflineShard> read = open(sources.stream().map(Stored::copy).toList(), false);
        List<OfflineShard> filled = open(targets, true);
        new Transfer(read, filled, _ -> live(), (_, _, _) -> live()).run();
        TransferCheck.Result result = new TransferCheck(read, filled, (_, _, _) -> live()).run();
        assertThat(result.shards()).hasSize(count);
        return targets;
      } catch (Death death) {
        targets = targets.stream().map(each -> each.after(random)).toList();
      }
    }
  }

  private void live() {
    if (--lives == 0) {
      throw new Death();
    }
  }

  List<OfflineShard> open(List<Stored> stored, boolean isNew) throws IOException {
    List<OfflineShard> open = new ArrayList<>();
    for (int number = 0; number < stored.size(); number++) {
      open.add(
          OfflineShard.open(
              "shard " + number,
              config,
              stored.get(number).log,
              stored.get(number).index,
              clock,
              new ShardNumber(number, stored.size()),
              isNew));
    }
    return open;
  }

  /** Opens it as a server does. */
  RunningShard serve(Stored stored, ShardNumber number) throws IOException {
    RunningShard shard =
        new RunningShard(
            config,
            stored.log,
            stored.index,
            clock,
            random,
            new QuietListener(),
            new ShardThreads(Runnable::run, Runnable::run, Runnable::run),
            number);
    shard.recover();
    return shard;
  }
}
