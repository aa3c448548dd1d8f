package io.rivulet.cluster.ledger;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.testkit.log.CommitLogContractTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

class LedgerLogContractTest {
  abstract static class OnMemory extends CommitLogContractTest {
    private final SimulatedShard shard = new SimulatedShard(1);
    private final MemoryLedgerNode node = shard.cloud().node("a");
    private final int hotBytes;
    private LedgerLogConfig config = LedgerLogConfig.defaults();

    OnMemory(int hotBytes) {
      this.hotBytes = hotBytes;
    }

    @Override
    protected CommitLog open(int segmentBytes) {
      config = config.withRollBytes(segmentBytes).withHotBytes(hotBytes);
      return shard.open(node, config);
    }

    @Override
    protected CommitLog reopen(CommitLog closing) throws IOException {
      closing.close();
      return shard.open(node, config);
    }

    @Override
    protected void waitUntil(BooleanSupplier holds) {
      shard.waitUntil(holds);
    }

    @Override
    protected void letPass() {
      shard.time().pass(Duration.ofMillis(1));
    }
  }

  @Nested
  class OnMemoryWithoutHotEntries extends OnMemory {
    OnMemoryWithoutHotEntries() {
      super(0);
    }
  }

  @Nested
  class OnMemoryWithHotEntries extends OnMemory {
    OnMemoryWithHotEntries() {
      super(8 << 20);
    }
  }

  @Nested
  @ExtendWith(SharedCluster.class)
  class OnBookKeeper extends CommitLogContractTest {
    private final RealCluster cluster;
    private final BookKeeperLedgers ledgers;
    private final int shard;
    private LedgerLogConfig config = LedgerLogConfig.defaults().withHotBytes(100_000);

    OnBookKeeper(RealCluster cluster) {
      this.cluster = cluster;
      ledgers = cluster.ledgers();
      shard = cluster.makeShard();
    }

    @Override
    protected CommitLog open(int segmentBytes) {
      config = config.withRollBytes(segmentBytes);
      return cluster.open(shard, ledgers, config);
    }

    @Override
    protected CommitLog reopen(CommitLog closing) throws IOException {
      closing.close();
      return cluster.open(shard, ledgers, config);
    }

    @Override
    protected void letPass() {
      try {
        log().sync(log().end());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @AfterEach
    void close() throws IOException {
      log().close();
      ledgers.close();
    }
  }
}
