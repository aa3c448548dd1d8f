package io.rivulet.cluster.member;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.bookkeeper.bookie.BookieException;
import org.apache.bookkeeper.bookie.BookieImpl;
import org.apache.bookkeeper.client.BookKeeperAdmin;
import org.apache.bookkeeper.common.component.LifecycleComponentStack;
import org.apache.bookkeeper.conf.ServerConfiguration;
import org.apache.bookkeeper.discover.RegistrationManager;
import org.apache.bookkeeper.meta.MetadataBookieDriver;
import org.apache.bookkeeper.meta.MetadataDrivers;
import org.apache.bookkeeper.meta.exceptions.MetadataException;
import org.apache.bookkeeper.net.BookieId;
import org.apache.bookkeeper.server.EmbeddedServer;
import org.apache.bookkeeper.server.conf.BookieConfiguration;
import org.apache.bookkeeper.stats.NullStatsLogger;
import org.apache.bookkeeper.versioning.Version;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: the server's parts are. A storage member: a BookKeeper bookie in this
 * process, and its part in bringing ledgers back to full replication after another one was lost.
 *
 * <p>It is known by the node's name. If the cluster knows that name and the folder is empty, the
 * disk was lost: then it is refused, since it would deny having what it had acknowledged, until an
 * operator says that it may begin anew.
 */
public final class StorageMember implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(StorageMember.class);

  /** BookKeeper wants less than 1. */
  private static final double LARGEST_USE = 0.9999;

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private final EmbeddedServer server;
  private final MetadataBookieDriver metadata;
  private final LifecycleComponentStack stack;
  private volatile @Nullable AutoRecovery autoRecovery;
  private volatile @Nullable RegistrationWatch registration;

  /** Hears that a node's storage is about to begin anew: what it held must be copied. */
  @FunctionalInterface
  public interface LostDisk {
    void tell(String node) throws IOException;
  }

  private StorageMember(EmbeddedServer server, MetadataBookieDriver metadata) {
    this.server = server;
    this.metadata = metadata;
    stack = server.getLifecycleComponentStack();
  }

  /**
   * Starts it, and returns once it serves; the metadata quorum must be there.
   *
   * @throws IOException if it can't; an {@link EmptyStorageException} if its disk was lost, a
   *     {@link StorageBusyException} if another node is just making what all need
   */
  public static StorageMember start(StorageConfig config) throws IOException {
    return start(config, _ -> {});
  }

  /**
   * The same.
   *
   * @param lostDisk is told of the node's name before its storage begins anew
   */
  public static StorageMember start(StorageConfig config, LostDisk lostDisk) throws IOException {
    ServerConfiguration bookie = configuration(config);
    StorageDriver.use();
    try {
      makeRoot(bookie);
      refuseEmpty(config, bookie, lostDisk);
      return begin(bookie);
    } catch (BookieException.InvalidCookieException e) {
      throw new IOException(
          "what lies in %s is not of the storage member '%s' of this cluster: %s"
              .formatted(config.folder(), config.self().name(), e.getMessage()),
          e);
    } catch (Exception e) {
      if (isForWantOfMetadata(e)) {
        throw new StorageBusyException(e);
      }
      throw e instanceof IOException said
          ? said
          : new IOException("storage can't be started: " + e.getMessage(), e);
    }
  }

  /** Leaves nothing behind if it fails: it may be tried for minutes. */
  private static StorageMember begin(ServerConfiguration bookie) throws Exception {
    MetadataBookieDriver metadata = driver(bookie);
    @Nullable StorageMember member = null;
    boolean hasBegun = false;
    try {
      EmbeddedServer server =
          EmbeddedServer.builder(new BookieConfiguration(bookie)).metadataDriver(metadata).build();
      member = new StorageMember(server, metadata);
      member.stack.start();
      if (!member.isRunning()) {
        throw new IOException("the bookie did not start: see its log lines above");
      }
      member.autoRecovery = AutoRecovery.start(bookie, server.getRegistrationManager());
      member.registration =
          RegistrationWatch.start(
              BookieImpl.getBookieId(bookie),
              server.getBookieService().getServer().getBookie().getStateManager(),
              server.getRegistrationManager(),
              2L * bookie.getZkTimeout());
      hasBegun = true;
      return member;
    } finally {
      if (!hasBegun && member != null) {
        member.close();
      } else if (!hasBegun) {
        metadata.close();
      }
    }
  }

  /** BookKeeper's parts each have a connection of their own, and say it in their own ways. */
  private static boolean isForWantOfMetadata(Throwable failure) {
    return failure instanceof MetadataException
        || failure instanceof BookieException.MetadataStoreException
        || (failure.getCause() != null && isForWantOfMetadata(failure.getCause()));
  }

  /** Whether new entries are taken; false when the disk is nearly full. */
  public boolean isWritable() {
    return !server.getBookieService().getServer().getBookie().isReadOnly();
  }

  /** Whether it serves at all. */
  public boolean isRunning() {
    return server.getBookieService().getServer().isRunning();
  }

  /** Whether it takes part in bringing ledgers back to full replication just now. */
  boolean isRecovering() {
    AutoRecovery recovering = autoRecovery;
    return recovering != null && recovering.isRunning();
  }

  /** Where BookKeeper keeps its metadata; whoever comes first makes it. */
  private static void makeRoot(ServerConfiguration bookie) throws Exception {
    try (MetadataBookieDriver driver = driver(bookie);
        RegistrationManager registrations = driver.createRegistrationManager()) {
      if (!registrations.getClusterInstanceId().isBlank()) {
        return;
      }
    } catch (BookieException.MetadataStoreException notThere) {
      logger.debug("BookKeeper's metadata are not there yet");
    }
    try {
      BookKeeperAdmin.initNewCluster(bookie);
    } catch (Exception e) {
      throw new StorageBusyException(e);
    }
  }

  private static MetadataBookieDriver driver(ServerConfiguration bookie) throws Exception {
    MetadataBookieDriver driver =
        MetadataDrivers.getBookieDriver(URI.create(bookie.getMetadataServiceUri()));
    try {
      driver.initialize(bookie, NullStatsLogger.INSTANCE);
    } catch (MetadataException unreached) {
      driver.close();
      throw unreached;
    }
    return driver;
  }

  private static void refuseEmpty(
      StorageConfig config, ServerConfiguration bookie, LostDisk lostDisk) throws Exception {
    if (holdsSomething(config.folder())) {
      return;
    }
    try (MetadataBookieDriver driver = driver(bookie)) {
      try (RegistrationManager registrations = driver.createRegistrationManager()) {
        BookieId id = BookieId.parse(config.self().name());
        Version version;
        try {
          version = registrations.readCookie(id).getVersion();
        } catch (BookieException.CookieNotFoundException e) {
          return;
        }
        if (!config.acceptsEmpty()) {
          throw new EmptyStorageException(config.self().name(), config.folder());
        }
        logger.warn(
            "storage member '{}' begins anew: what it had acknowledged alone is gone",
            config.self().name());
        lostDisk.tell(config.self().name());
        registrations.removeCookie(id, version);
      }
    }
  }

  private static boolean holdsSomething(Path folder) throws IOException {
    Path versionFile = folder.resolve("ledgers").resolve("current").resolve("VERSION");
    return Files.exists(versionFile);
  }

  private static ServerConfiguration configuration(StorageConfig config) throws IOException {
    ServerConfiguration bookie = new ServerConfiguration();
    NodeAddress self = config.self();
    bookie.setMetadataServiceUri(
        "zk+hierarchical://" + config.metadata().replace(',', ';') + "/ledgers");
    bookie.setZkTimeout((int) config.sessionTimeout().toMillis());
    bookie.setBookieId(self.name());
    bookie.setAdvertisedAddress(self.host());
    bookie.setBookiePort(self.storagePort());
    bookie.setAllowLoopback(true);
    // We do that: BookKeeper would begin it once only.
    bookie.setAutoRecoveryDaemonEnabled(false);
    // Owners go on without a node that is missing for some seconds. A ledger that is still written
    // to is to be left to them: else it would be recovered, and its owner fenced.
    bookie.setOpenLedgerRereplicationGracePeriod(Long.toString(TimeUnit.MINUTES.toMillis(1)));
    bookie.setHttpServerEnabled(false);
    File journal = config.folder().resolve("journal").toFile();
    bookie.setJournalDirsName(new String[] {journal.getPath()});
    String ledgers = config.folder().resolve("ledgers").toString();
    bookie.setLedgerDirNames(new String[] {ledgers});
    bookie.setIndexDirName(new String[] {ledgers});
    journal(bookie);
    storage(bookie);
    room(bookie, config);
    threads(bookie);
    return bookie;
  }

  /** What is acknowledged is on the disk; entries that come together are synced together. */
  private static void journal(ServerConfiguration bookie) {
    bookie.setJournalSyncData(true);
    bookie.setJournalFlushWhenQueueEmpty(true);
    bookie.setJournalAdaptiveGroupWrites(true);
    bookie.setJournalMaxGroupWaitMSec(1);
    bookie.setProperty("journalPreAllocSizeMB", 16);
    bookie.setJournalReuseFiles(true);
    bookie.setMaxJournalSizeMB(256);
    bookie.setMaxBackupJournals(1);
  }

  /** Small caches: recent entries are read from the owner's own memory. */
  private static void storage(ServerConfiguration bookie) {
    bookie.setLedgerStorageClass("org.apache.bookkeeper.bookie.storage.ldb.DbLedgerStorage");
    bookie.setProperty("dbStorage_writeCacheMaxSizeMb", 32);
    bookie.setProperty("dbStorage_readAheadCacheMaxSizeMb", 16);
    bookie.setProperty("dbStorage_readAheadCacheBatchSize", 100);
    bookie.setProperty("dbStorage_rocksDB_blockCacheSize", 8 << 20);
    bookie.setProperty("dbStorage_rocksDB_writeBufferSizeMB", 8);
    bookie.setEntryLogSizeLimit(256 << 20);
    bookie.setEntryLogFilePreAllocationEnabled(false);
    bookie.setFlushInterval(10_000);
    bookie.setGcWaitTime(TimeUnit.MINUTES.toMillis(1));
    bookie.setMinorCompactionInterval(TimeUnit.MINUTES.toSeconds(10));
  }

  /** BookKeeper knows shares of a disk; what a node needs to go on is a number of bytes. */
  private static void room(ServerConfiguration bookie, StorageConfig config) throws IOException {
    Files.createDirectories(config.folder());
    double total = (double) Math.max(1, config.folder().toFile().getTotalSpace());
    double minFree = Math.min((double) config.minFreeBytes(), total / 2);
    bookie.setDiskUsageWarnThreshold((float) Math.min(LARGEST_USE, 1 - minFree / total));
    bookie.setDiskUsageThreshold((float) Math.min(LARGEST_USE, 1 - minFree / 2 / total));
    bookie.setDiskLowWaterMarkUsageThreshold((float) Math.min(LARGEST_USE, 1 - minFree / total));
    bookie.setDiskCheckInterval((int) TimeUnit.SECONDS.toMillis(10));
    bookie.setMinUsableSizeForEntryLogCreation(64 << 20);
    bookie.setMinUsableSizeForIndexFileCreation(16 << 20);
  }

  private static void threads(ServerConfiguration bookie) {
    bookie.setServerNumIOThreads(2);
    bookie.setNumAddWorkerThreads(1);
    bookie.setNumReadWorkerThreads(2);
    bookie.setNumHighPriorityWorkerThreads(1);
    bookie.setNumLongPollWorkerThreads(0);
  }

  /**
   * Ends it, as far as that can be done in a few seconds: auto-recovery waits for minutes for a
   * metadata quorum that is gone. Then the bookie is ended alone. What is acknowledged is on the
   * disk anyway.
   */
  @Override
  public void close() {
    RegistrationWatch watching = registration;
    if (watching != null && !isDoneInTime(watching::close)) {
      logger.warn("storage ends while the metadata quorum does not say whether it is registered");
    }
    AutoRecovery ending = autoRecovery;
    if (ending != null && !isDoneInTime(ending::close)) {
      logger.warn("auto-recovery did not end within {}; storage ends without it", CLOSE_LIMIT);
    }
    boolean hasEnded =
        isDoneInTime(() -> {
          stack.stop();
          stack.close();
          metadata.close();
        });
    if (!hasEnded) {
      logger.warn("storage did not end within {}; the stop goes on", CLOSE_LIMIT);
    }
  }

  private static boolean isDoneInTime(Runnable closing) {
    Thread thread = Thread.ofPlatform().name("rivulet-storage-close").daemon().unstarted(closing);
    thread.start();
    try {
      return thread.join(CLOSE_LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
