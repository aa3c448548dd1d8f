package io.rivulet.cluster.ledger;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.testkit.log.CommitLogContractTest;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Nested;

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
}
