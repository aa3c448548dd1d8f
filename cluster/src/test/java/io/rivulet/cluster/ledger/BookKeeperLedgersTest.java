package io.rivulet.cluster.ledger;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
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
