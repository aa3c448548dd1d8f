package io.rivulet.cluster.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.metadata.ZooKeeperConfig;
import io.rivulet.cluster.metadata.ZooKeeperStore;
import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real threads and the real metadata store; only the shards do nothing. */
class OwnershipOnZooKeeperTest {
  private static final int SHARDS = 12;
  private static final int TICK_MILLIS = 200;

  /** Safe for all threads: a concurrent map. Opens and closes nothing, quickly. */
  private static final class IdleHost implements ShardHost {
    private static final AtomicLong EPOCHS = new AtomicLong();

    private final Map<Integer, Consumer<String>> open = new ConcurrentHashMap<>();

    @Override
    public CompletableFuture<Long> open(int shard, Consumer<String> ended) {
      open.put(shard, ended);
      return CompletableFuture.completedFuture(EPOCHS.incrementAndGet());
    }

    @Override
    public CompletableFuture<Void> close(int shard) {
      open.remove(shard);
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> prepare(int shard) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> warm(int shard) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void forget(int shard) {}

    @Override
    public long load(int shard) {
      return 0;
    }
  }

  private record Node(
      String name,
      ZooKeeperStore store,
      OwnershipThread thread,
      IdleHost host,
      Ownership ownership) {
    void leave() {
      ownership.leave(Duration.ofSeconds(10)).join();
      end();
    }

    void end() {
      store.close();
      thread.close();
    }
  }

  @TempDir private Path folder;

  private final List<Node> nodes = new ArrayList<>();
  private ZooKeeperServer member;
  private ServerCnxnFactory network;

  @BeforeEach
  void startThree() throws IOException, InterruptedException {
    member = new ZooKeeperServer(folder.toFile(), folder.toFile(), TICK_MILLIS);
    network = new NIOServerCnxnFactory();
    network.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    network.startup(member);
    for (String name : List.of("a", "b", "c")) {
      start(name);
    }
    awaitShared();
  }

  private void start(String name) {
    var store = new ZooKeeperStore(new ZooKeeperConfig("127.0.0.1:" + network.getLocalPort()));
    var thread = new OwnershipThread();
    var host = new IdleHost();
    var ownership =
        new Ownership(
            new NodeInfo(name, Map.of(), Set.of(Role.COMPUTE), 1),
            new OwnershipConfig(
                SHARDS,
                Set.of("a", "b", "c"),
                OwnershipConfig.TakeOvers.DEFAULT,
                OwnershipConfig.Balancing.DEFAULT),
            store,
            host,
            thread,
            Clock.system(),
            new SplittableRandom(name.hashCode()));
    nodes.add(new Node(name, store, thread, host, ownership));
    var _ = ownership.start();
  }

  @AfterEach
  void stop() {
    nodes.forEach(Node::end);
    network.shutdown();
  }

  private Duration await(BooleanSupplier condition) {
    long startNanos = Clock.system().nanos();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(condition::getAsBoolean);
    return Duration.ofNanos(Clock.system().nanos() - startNanos);
  }

  private Duration awaitShared() {
    return await(() ->
        isWhole()
            && nodes.stream().allMatch(each -> each.host.open.size() == SHARDS / nodes.size()));
  }

  /** All nodes know of each shard the one node that serves it. */
  private boolean isWhole() {
    return nodes.stream()
        .allMatch(looking ->
            IntStream.range(0, SHARDS)
                .allMatch(shard ->
                    looking
                        .ownership
                        .map()
                        .owner(shard)
                        .filter(owner -> serves(owner.node(), shard))
                        .isPresent()));
  }

  private boolean serves(String name, int shard) {
    return nodes.stream()
        .anyMatch(each -> each.name.equals(name) && each.host.open.containsKey(shard));
  }

  @Test
  void aNodeThatEndsIsReplaced() {
    nodes.removeLast().end();

    assertThat(awaitShared()).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void aNodeThatLeavesHandsOver() {
    nodes.removeLast().leave();

    assertThat(isWhole()).isTrue();
    awaitShared();
  }

  @Test
  void aNodeThatJoinsTakesItsShare() {
    start("d");

    awaitShared();
  }

  @Test
  void aNodeThatLosesItsSessionBeginsAnew() {
    Node b = nodes.get(1);
    String before = b.ownership.map().node("b").orElseThrow().incarnation();
    ShardMap map = nodes.getFirst().ownership.map();
    assertThat(map.nodes()).containsOnlyKeys("a", "b", "c");

    expire(b);

    await(() -> b.ownership.stats().counted().lostSessions() == 1);
    awaitShared();
    assertThat(b.ownership.map().node("b").orElseThrow().incarnation()).isNotEqualTo(before);
  }

  private void expire(Node node) {
    String claim = "/rivulet/nodes/" + node.name;
    member.closeSession(member.getZKDatabase().getNode(claim).stat.getEphemeralOwner());
  }

  @Test
  void aShardThatEndsByItselfIsServedAgain() {
    Node b = nodes.get(1);
    int shard = b.host.open.keySet().iterator().next();

    Consumer<String> ended = b.host.open.remove(shard);
    assertThat(ended).isNotNull();
    if (ended != null) {
      ended.accept("somebody else has fenced it");
    }

    await(() -> b.ownership.stats().counted().ended() == 1);
    await(this::isWhole);
  }
}
