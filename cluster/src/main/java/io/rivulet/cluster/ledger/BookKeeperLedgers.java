package io.rivulet.cluster.ledger;

import io.netty.buffer.ByteBufAllocator;
import io.rivulet.cluster.Timer;
import io.rivulet.cluster.ledger.LedgerException.Reason;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.client.BKException;
import org.apache.bookkeeper.client.BookKeeper;
import org.apache.bookkeeper.client.BookieInfoReader.BookieInfo;
import org.apache.bookkeeper.client.api.DigestType;
import org.apache.bookkeeper.client.api.LedgersIterator;
import org.apache.bookkeeper.client.api.ListLedgersResult;
import org.apache.bookkeeper.client.api.ReadHandle;
import org.apache.bookkeeper.conf.ClientConfiguration;
import org.apache.bookkeeper.net.BookieId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: BookKeeper's client is; what is known of the storage nodes is volatile. The
 * ledgers of an Apache BookKeeper cluster.
 *
 * <p>Each entry goes to three nodes and is acknowledged when two have synced it. A node that fails
 * is not replaced in a ledger as long as two answer ({@code delayEnsembleChange}): so its death
 * costs nothing but the third copy, which the next ledger has again. With two nodes a ledger is
 * made on both, and both must answer.
 */
public final class BookKeeperLedgers implements LedgerStore {
  private static final Logger logger = LoggerFactory.getLogger(BookKeeperLedgers.class);

  private static final int ACKNOWLEDGING = 2;
  private static final byte[] NO_PASSWORD = new byte[0];
  private static final String LABEL = "rivulet";
  private static final Duration DISK_CHECK = Duration.ofSeconds(15);

  /** Each node looks, and each ledger that is found costs the metadata two reads. */
  private static final Duration UNDER_REPLICATION_CHECK = Duration.ofSeconds(40);

  private static final int MAX_UNSENT_BYTES = 128 << 20;
  private static final int MAX_METADATA_READS = 64;

  private final BookKeeperConfig config;
  private final Timer timer;
  private final LedgerMetadata metadata;
  private final BookKeeper client;
  private final AddFailures failures;
  private volatile Set<BookieId> writable = Set.of();
  private volatile Set<BookieId> readOnly = Set.of();
  private final UnderReplication underReplication;
  private volatile boolean isNearlyFull;
  private volatile boolean isClosed;

  private BookKeeperLedgers(
      BookKeeperConfig config,
      Timer timer,
      Clock clock,
      LedgerMetadata metadata,
      BookKeeper client,
      AddFailures failures) {
    this.metadata = metadata;
    this.failures = failures;
    this.config = config;
    this.timer = timer;
    this.client = client;
    underReplication = new UnderReplication(client::getMetadataClientDriver, clock);
  }

  /**
   * Connects, which may take a few seconds.
   *
   * @param timer for looking at the nodes' disks now and then
   * @throws IOException if the metadata quorum cannot be reached
   */
  public static BookKeeperLedgers open(BookKeeperConfig config, Timer timer) throws IOException {
    return open(config, timer, Clock.system());
  }

  /** The same, with another clock. */
  public static BookKeeperLedgers open(BookKeeperConfig config, Timer timer, Clock clock)
      throws IOException {
    AddFailures failures = new AddFailures();
    LedgerMetadata metadata = LedgerMetadata.connect(config);
    BookKeeper client = connect(config, metadata, failures);
    BookKeeperLedgers ledgers =
        new BookKeeperLedgers(config, timer, clock, metadata, client, failures);
    boolean isOpen = false;
    try {
      client
          .getMetadataClientDriver()
          .getRegistrationClient()
          .watchWritableBookies(nodes -> ledgers.writable = Set.copyOf(nodes.getValue()))
          .join();
      client
          .getMetadataClientDriver()
          .getRegistrationClient()
          .watchReadOnlyBookies(nodes -> ledgers.readOnly = Set.copyOf(nodes.getValue()))
          .join();
      ledgers.checkDisks();
      isOpen = true;
      return ledgers;
    } catch (CompletionException e) {
      throw new IOException(
          "the storage nodes can't be found: " + LedgerException.causeOf(e).getMessage(), e);
    } finally {
      if (!isOpen) {
        // Whoever tries again gets another one.
        ledgers.close();
      }
    }
  }

  @SuppressWarnings(
      "deprecation") // of a connection of one's own; else a driver for all the process
  private static BookKeeper connect(
      BookKeeperConfig config, LedgerMetadata metadata, AddFailures failures) throws IOException {
    boolean isMade = false;
    try {
      BookKeeper client =
          BookKeeper.forConfig(configuration(config, metadata.root()))
              .zk(metadata.client())
              .allocator(ByteBufAllocator.DEFAULT)
              .statsLogger(failures)
              .build();
      isMade = true;
      return client;
    } catch (BKException e) {
      throw new IOException("the storage nodes can't be found: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while looking for the storage nodes", e);
    } finally {
      if (!isMade) {
        metadata.close();
      }
    }
  }

  @SuppressWarnings(
      "deprecation") // of a root, but only the driver that connects itself has another
  private static ClientConfiguration configuration(BookKeeperConfig config, String root) {
    int seconds = Math.toIntExact(config.answerTimeout().toSeconds());
    ClientConfiguration client = new ClientConfiguration();
    client.setMetadataServiceUri(
        "zk+hierarchical://" + config.metadata().replace(',', ';') + "/ledgers");
    client.setZkLedgersRootPath(root);
    client.setZkTimeout((int) config.sessionTimeout().toMillis());
    client.setClientConnectTimeoutMillis(1000);
    client.setAddEntryTimeout(seconds);
    client.setReadEntryTimeout(seconds);
    client.setTimeoutMonitorIntervalSec(1);
    // Else a connection to a node that has gone silent lives for a quarter of an hour.
    client.setTcpUserTimeoutMillis((int) config.answerTimeout().toMillis());
    client.setFirstSpeculativeReadTimeout(200);
    client.setFirstSpeculativeReadLACTimeout(200);
    client.setEnableParallelRecoveryRead(true);
    client.setRecoveryReadBatchSize(16);
    client.setDelayEnsembleChange(true);
    // It would let the shard's thread wait.
    client.setThrottleValue(0);
    // Of what a node does not take in, so much is kept; then it misses entries until it does again.
    client.setWaitTimeoutOnBackpressureMillis(0);
    client.setClientWriteBufferHighWaterMark(MAX_UNSENT_BYTES);
    client.setClientWriteBufferLowWaterMark(MAX_UNSENT_BYTES / 2);
    // It needs a quarter less of the processor for large entries than the newer one.
    client.setUseV2WireProtocol(true);
    client.setNumIOThreads(1);
    client.setNumWorkerThreads(2);
    client.setNumChannelsPerBookie(1);
    client.setExplictLacInterval(0);
    client.setClientConnectBookieUnavailableLogThrottling(10, TimeUnit.SECONDS);
    return client;
  }

  // ---- the port

  @Override
  public CompletableFuture<Writer> create(Label label) {
    return create(label, Math.min(COPIES, writable.size()));
  }

  private CompletableFuture<Writer> create(Label label, int copies) {
    if (copies < ACKNOWLEDGING) {
      return CompletableFuture.failedFuture(
          new LedgerException(
              Reason.NOT_ENOUGH_NODES,
              "no ledger can be made: it takes 2 storage nodes, and those that take entries are "
                  + writable));
    }
    return BookKeeperFailures.asOurs(
            () ->
                client
                    .newCreateLedgerOp()
                    .withEnsembleSize(copies)
                    .withWriteQuorumSize(copies)
                    .withAckQuorumSize(ACKNOWLEDGING)
                    .withDigestType(DigestType.CRC32C)
                    .withPassword(NO_PASSWORD)
                    .withCustomMetadata(Map.of(LABEL, encode(label)))
                    .execute(),
            "no ledger can be made")
        .<Writer>thenApply(made -> new BookKeeperWriter(made, () -> writable, failures::count))
        .exceptionallyCompose(failure ->
            LedgerException.of(failure).reason() == Reason.NOT_ENOUGH_NODES
                ? create(label, copies - 1)
                : CompletableFuture.failedFuture(LedgerException.of(failure)));
  }

  @Override
  public CompletableFuture<Reader> recover(long id) {
    return open(id, true).thenApply(BookKeeperReader::new);
  }

  @Override
  public CompletableFuture<Reader> open(long id) {
    return open(id, false)
        .thenCompose(handle -> {
          if (handle.isClosed()) {
            return CompletableFuture.completedFuture(new BookKeeperReader(handle));
          }
          var _ = handle.closeAsync();
          return CompletableFuture.failedFuture(
              new LedgerException(Reason.UNAVAILABLE, "ledger " + id + " has not ended"));
        });
  }

  @Override
  public CompletableFuture<Reader> peek(long id) {
    return open(id, false).thenApply(BookKeeperReader::new);
  }

  private CompletableFuture<ReadHandle> open(long id, boolean recovers) {
    return BookKeeperFailures.asOurs(
        () ->
            client
                .newOpenLedgerOp()
                .withLedgerId(id)
                .withRecovery(recovers)
                .withDigestType(DigestType.CRC32C)
                .withPassword(NO_PASSWORD)
                .execute(),
        "ledger " + id + " can't be opened");
  }

  @Override
  public CompletableFuture<Void> delete(long id) {
    return BookKeeperFailures.asOurs(
            () -> client.newDeleteLedgerOp().withLedgerId(id).execute(),
            "ledger " + id + " can't be removed")
        .exceptionallyCompose(failure ->
            LedgerException.of(failure).reason() == Reason.NOT_FOUND
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(LedgerException.of(failure)));
  }

  @Override
  public CompletableFuture<List<Listed>> list() {
    CompletableFuture<List<Listed>> listed = new CompletableFuture<>();
    // It waits for each piece of the list, and for the labels.
    var _ =
        Thread.ofVirtual()
            .name("rivulet-ledgers-list")
            .start(() -> {
              try {
                listed.complete(listWaiting());
              } catch (IOException | RuntimeException e) {
                listed.completeExceptionally(LedgerException.of(e));
              }
            });
    return listed;
  }

  private List<Listed> listWaiting() throws IOException {
    ListLedgersResult result =
        BookKeeperFailures.asOurs(
                () -> client.newListLedgersOp().execute(), "ledgers can't be listed")
            .join();
    List<CompletableFuture<Optional<Listed>>> labels = new ArrayList<>();
    Semaphore reads = new Semaphore(MAX_METADATA_READS);
    LedgersIterator ids = result.iterator();
    while (ids.hasNext()) {
      long id = ids.next();
      reads.acquireUninterruptibly();
      labels.add(label(id).whenComplete((_, _) -> reads.release()));
    }
    return labels.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList();
  }

  /** What a ledger is for; empty if it has gone meanwhile, or is none of ours. */
  private CompletableFuture<Optional<Listed>> label(long id) {
    return BookKeeperFailures.asOurs(
            () -> client.getLedgerMetadata(id), "ledger " + id + " can't be looked at")
        .thenApply(metadata ->
            Optional.ofNullable(metadata.getCustomMetadata().get(LABEL))
                .map(label -> new Listed(id, decode(label))))
        .exceptionallyCompose(failure ->
            LedgerException.of(failure).reason() == Reason.NOT_FOUND
                ? CompletableFuture.completedFuture(Optional.empty())
                : CompletableFuture.failedFuture(LedgerException.of(failure)));
  }

  @Override
  public int writableNodes() {
    return writable.size();
  }

  @Override
  public boolean isNearlyFull() {
    return isNearlyFull;
  }

  @Override
  public void close() {
    isClosed = true;
    try {
      client.close();
    } catch (BKException e) {
      logger.warn("the connection to the storage nodes was not closed: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      metadata.close();
    }
  }

  // ---- for people and metrics

  /** Names of the storage nodes that are there, and take entries or do not. */
  public StorageNodes storageNodes() {
    return new StorageNodes(names(writable), names(readOnly));
  }

  private static List<String> names(Set<BookieId> nodes) {
    return nodes.stream().map(BookieId::toString).sorted().toList();
  }

  /**
   * Ledgers of the whole cluster that fewer storage nodes hold than should.
   *
   * @param maxAge what was found less long ago is good enough
   */
  public CompletableFuture<UnderReplicated> underReplicated(Duration maxAge) {
    return underReplication.found(maxAge);
  }

  /** What was found last; nothing before the first look. */
  public Optional<UnderReplicated> lastUnderReplicated() {
    return underReplication.last();
  }

  // ---- labels, as people can read them

  private static byte[] encode(Label label) {
    return "%s %d %d %d"
        .formatted(label.use(), label.shard(), label.epoch(), label.madeMillis())
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Label decode(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.US_ASCII);
    String[] parts = text.split(" ", -1);
    if (parts.length != 4) {
      throw new IllegalStateException("'" + text + "' is no label of a ledger");
    }
    return new Label(
        Use.valueOf(parts[0]),
        Integer.parseInt(parts[1]),
        Long.parseLong(parts[2]),
        Long.parseLong(parts[3]));
  }

  // ---- disks

  private void checkDisks() {
    if (isClosed) {
      return;
    }
    // It waits for the answers of the nodes.
    var _ = Thread.ofVirtual().name("rivulet-ledgers-disks").start(this::lookAtDisks);
    var _ = underReplication.found(UNDER_REPLICATION_CHECK);
    timer.after(DISK_CHECK, this::checkDisks);
  }

  /** Waits for what the storage nodes that answer say of their disks. */
  Map<BookieId, BookieInfo> disks() throws BKException, InterruptedException {
    return client.getBookieInfo();
  }

  private void lookAtDisks() {
    try {
      Map<BookieId, BookieInfo> disks = disks();
      long roomy =
          disks.values().stream()
              .filter(disk -> disk.getFreeDiskSpace() > config.minFreeBytes())
              .count();
      // A node that did not answer is not known to be full.
      boolean isFull = !disks.isEmpty() && disks.size() - roomy > Math.max(0, disks.size() - 2);
      if (isFull != isNearlyFull) {
        logger.warn(
            isFull
                ? "the disks of the storage nodes are nearly full, new messages are refused: {}"
                : "the disks of the storage nodes have room again: {}",
            disks);
      }
      isNearlyFull = isFull;
    } catch (BKException e) {
      logger.debug("the disks of the storage nodes are not known: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
