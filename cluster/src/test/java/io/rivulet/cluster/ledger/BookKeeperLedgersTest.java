package io.rivulet.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedCluster.class)
class BookKeeperLedgersTest extends LedgerStoreContractTest {
  private final BookKeeperLedgers store;
  private final BookKeeperLedgers other;

  BookKeeperLedgersTest(RealCluster cluster) {
    store = cluster.ledgers();
    other = cluster.ledgers();
  }

  @AfterEach
  void close() {
    store.close();
    other.close();
  }

  @Test
  void theRoomOnTheDisksOfTheStorageNodesIsKnown() throws Exception {
    assertThat(store.disks()).hasSize(3);
    assertThat(store.disks().values())
        .allMatch(disk -> disk.getFreeDiskSpace() > 0)
        .allMatch(disk -> disk.getTotalDiskSpace() > disk.getFreeDiskSpace());
  }

  @Override
  protected LedgerStore store() {
    return store;
  }

  @Override
  protected LedgerStore other() {
    return other;
  }

  @Override
  protected <T> T get(CompletableFuture<T> future) {
    return RealCluster.get(future);
  }
}
