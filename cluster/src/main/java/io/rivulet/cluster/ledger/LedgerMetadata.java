package io.rivulet.cluster.ledger;

import java.io.IOException;
import org.apache.bookkeeper.zookeeper.BoundExponentialBackoffRetryPolicy;
import org.apache.bookkeeper.zookeeper.ZooKeeperClient;
import org.apache.zookeeper.KeeperException;

/**
 * Safe for all threads: ZooKeeper's client is. BookKeeper's way to what is known of ledgers.
 *
 * <p>The one that BookKeeper would make for itself waits for a whole session before it asks again
 * what got lost with a connection. A node whose death takes the leader of the quorum with it takes
 * half a second to replace as such; but nobody could take a ledger over for three.
 */
final class LedgerMetadata implements AutoCloseable {
  private static final int AGAIN_MILLIS = 100;
  private static final int LATER_AGAIN_MILLIS = 200;

  private final ZooKeeperClient client;
  private final String root;

  private LedgerMetadata(ZooKeeperClient client, String root) {
    this.client = client;
    this.root = root;
  }

  /**
   * Connects, which may take as long as a session.
   *
   * @throws IOException if the metadata quorum cannot be reached
   */
  static LedgerMetadata connect(BookKeeperConfig config) throws IOException {
    int slash = config.metadata().indexOf('/');
    int end = slash < 0 ? config.metadata().length() : slash;
    try {
      ZooKeeperClient client =
          ZooKeeperClient.newBuilder()
              .connectString(config.metadata().substring(0, end))
              .sessionTimeoutMs(Math.toIntExact(config.sessionTimeout().toMillis()))
              .operationRetryPolicy(
                  new BoundExponentialBackoffRetryPolicy(
                      AGAIN_MILLIS, LATER_AGAIN_MILLIS, Integer.MAX_VALUE))
              .build();
      return new LedgerMetadata(client, config.metadata().substring(end) + "/ledgers");
    } catch (KeeperException e) {
      throw new IOException("the metadata quorum can't be reached: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while connecting to the metadata quorum", e);
    }
  }

  ZooKeeperClient client() {
    return client;
  }

  /** The path below which everything of ledgers is. */
  String root() {
    return root;
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
