package io.rivulet.cluster.ledger;

import static org.awaitility.Awaitility.await;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.member.MetadataMember;
import io.rivulet.cluster.member.NodeAddress;
import io.rivulet.cluster.member.Ports;
import io.rivulet.cluster.member.StorageConfig;
import io.rivulet.cluster.member.StorageMember;
import io.rivulet.cluster.metadata.MetadataStore;
import io.rivulet.cluster.metadata.ZooKeeperConfig;
import io.rivulet.cluster.metadata.ZooKeeperStore;
import io.rivulet.cluster.shard.ShardRecord;
import io.rivulet.cluster.shard.ShardRecords;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Owned by the thread of the test. A real metadata member and three real storage members in this
 * process, on ports of this machine.
 */
public final class RealCluster implements AutoCloseable {
  private static final Duration SESSION = Duration.ofSeconds(2);
  private static final AtomicInteger SHARDS = new AtomicInteger();

  private final Path folder;
  private final List<NodeAddress> nodes;
  private final MetadataMember metadata;
  private final Map<String, StorageMember> storage = new TreeMap<>();
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("rivulet-timer").daemon().factory());
  private final Timer timer;
  private final ZooKeeperStore store;
  private final ShardRecords records;

  RealCluster() {
    try {
      folder = Files.createTempDirectory("rivulet-cluster");
      nodes = Ports.nodes(3);
      NodeAddress first = nodes.getFirst();
      metadata = MetadataMember.start(first, List.of(first), folder.resolve("zookeeper"));
      for (NodeAddress node : nodes) {
        start(node.name());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    timer =
        (delay, task) -> {
          var _ = executor.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        };
    store = new ZooKeeperStore(new ZooKeeperConfig(connect(), SESSION));
    records = new ShardRecords(store);
    // Its session has begun: before, it refuses everything.
    await().ignoreExceptions().until(() -> get(records.read(0)).isEmpty());
  }

  private String connect() {
    return nodes.getFirst().host() + ":" + nodes.getFirst().metadataPort();
  }

  int metadataPort() {
    return nodes.getFirst().metadataPort();
  }

  /** Starts the storage member of a node, on what it left on its disk. */
  void start(String name) throws IOException {
    NodeAddress node =
        nodes.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    storage.put(
        name,
        StorageMember.start(
            new StorageConfig(node, connect(), folder.resolve(name), SESSION, 0, false)));
  }

  void stop(String name) {
    Objects.requireNonNull(storage.remove(name)).close();
  }

  /** The storage member of a node that was stopped begins anew with an empty disk. */
  void startEmpty(String name) throws IOException {
    NodeAddress node =
        nodes.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    storage.put(
        name,
        StorageMember.start(
            new StorageConfig(node, connect(), folder.resolve(name + "-anew"), SESSION, 0, true),
            told -> get(records.lostDisks().tell(told))));
  }

  public Timer timer() {
    return timer;
  }

  public ZooKeeperStore store() {
    return store;
  }

  public ShardRecords records() {
    return records;
  }

  /** Another node's sight of the ledgers. */
  public BookKeeperLedgers ledgers() {
    return ledgers(connect(), SESSION);
  }

  /**
   * The same of a node with a session of its own.
   *
   * @param connect where it reaches the metadata
   */
  BookKeeperLedgers ledgers(String connect, Duration session) {
    try {
      BookKeeperConfig config = new BookKeeperConfig(connect, session, Duration.ofSeconds(1), 0);
      return BookKeeperLedgers.open(config, timer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Surroundings around(LedgerStore ledgers) {
    return new Surroundings(ledgers, records, timer, Clock.system());
  }

  /** Makes a shard that nobody has owned yet. */
  public int makeShard() {
    int shard = SHARDS.getAndIncrement();
    get(records.put(ShardRecord.made(shard, 0), MetadataStore.ABSENT));
    return shard;
  }

  LedgerLog open(int shard, LedgerStore ledgers, LedgerLogConfig config) {
    ShardRecords.Versioned found = get(records.read(shard)).orElseThrow();
    return get(LedgerLog.open(config, around(ledgers), found, "a"));
  }

  ShardRecord stored(int shard) {
    return get(records.read(shard)).orElseThrow().shardRecord();
  }

  public static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() throws IOException {
    store.close();
    storage.values().forEach(StorageMember::close);
    metadata.close();
    executor.shutdownNow();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
