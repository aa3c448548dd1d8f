package io.rivulet.cluster.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rivulet.cluster.member.MetadataMember;
import io.rivulet.cluster.member.NodeAddress;
import io.rivulet.cluster.member.Ports;
import io.rivulet.cluster.member.StorageConfig;
import io.rivulet.cluster.member.StorageMember;
import io.rivulet.cluster.metadata.ZooKeeperConfig;
import io.rivulet.cluster.metadata.ZooKeeperStore;
import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.cluster.node.ClusterTuning;
import io.rivulet.cluster.node.IndexHome;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.shard.ImportMark;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.ShardEngine;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.shard.Transfer;
import io.rivulet.engine.shard.TransferCheck;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.index.MemoryIndex;
import io.rivulet.testkit.log.MemoryLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real storage and metadata in this process, and nobody who serves. */
class OfflineClusterTest {
  private static final Duration SESSION = Duration.ofSeconds(2);
  private static final int SHARDS = 3;

  /** A node that computes, as its claim says. */
  private static final String COMPUTING =
      """
      {"info":{"name":"x","addresses":{},"roles":["COMPUTE"],"capacity":1},
      "incarnation":"1","isLeaving":false,"loads":{},"unfit":[]}\
      """;

  @TempDir private Path folder;
  private final Indexes indexes = new Indexes();
  private final List<AutoCloseable> members = new ArrayList<>();
  private ClusterConfig config;
  private ZooKeeperStore store;

  @SuppressWarnings("NullAway.Init")
  OfflineClusterTest() {}

  /** Owned by the test. Indexes in memory that are found again. */
  private static final class Indexes implements IndexHome {
    private final Map<Integer, MemoryIndex> known = new HashMap<>();

    @Override
    public Index open(
        int shard, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning) {
      MemoryIndex before = known.get(shard);
      MemoryIndex index =
          before == null ? new MemoryIndex() : before.crash(before.unflushedWrites());
      known.put(shard, index);
      return index;
    }

    @Override
    public long knownPosition(int shard) {
      return 0;
    }

    @Override
    public List<Path> folders(int shard) {
      return List.of();
    }
  }

  @BeforeEach
  void start() throws IOException {
    List<NodeAddress> nodes = Ports.nodes(3);
    NodeAddress first = nodes.getFirst();
    String connect = first.host() + ":" + first.metadataPort();
    members.add(MetadataMember.start(first, List.of(first), folder.resolve("zookeeper")));
    for (NodeAddress node : nodes) {
      members.add(
          StorageMember.start(
              new StorageConfig(node, connect, folder.resolve(node.name()), SESSION, 0, false)));
    }
    store = new ZooKeeperStore(new ZooKeeperConfig(connect, SESSION));
    members.add(store);
    config =
        new ClusterConfig(
            List.of(first),
            new NodeAddress("transfer", "127.0.0.1", 1),
            Set.of(Role.COMPUTE),
            Optional.empty(),
            SHARDS,
            Optional.empty(),
            SESSION,
            SESSION,
            10,
            1,
            1 << 20,
            false,
            ClusterTuning.defaults());
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable member : members.reversed()) {
      member.close();
    }
  }

  @Test
  void nothingIsServedFromAnUnfinishedImportAndTheWholeOneGoesBack() throws IOException {
    leavesAloneAClusterThatServes();
    MemoryLog log = written();
    try (OfflineCluster cluster = connect();
        OfflineShards shards = cluster.beginImport("one", 77, SHARDS, EngineConfig.defaults())) {
      assertThat(shards.all()).hasSize(SHARDS).allMatch(each -> each.end() > 77);
      assertThat(isServingAllowed()).isFalse();
      assertThatThrownBy(() -> cluster.openToRead(EngineConfig.defaults()))
          .hasMessageContaining("has not ended");
      assertThatThrownBy(
              () -> cluster.beginImport("two", 77, SHARDS, EngineConfig.defaults()).close())
          .hasMessageContaining("other data is being taken");
      transfer(List.of(source(log)), shards.all(), true);
    }
    try (OfflineCluster cluster = connect()) {
      try (OfflineShards shards = cluster.beginImport("one", 99, SHARDS, EngineConfig.defaults())) {
        TransferCheck.Result result = transfer(List.of(source(log)), shards.all(), false);
        assertThat(result.messages()).isEqualTo(60);
        shards.storeCheckpoints();
      }
      assertThat(isServingAllowed()).isFalse();
      cluster.endImport();
      assertThat(isServingAllowed()).isTrue();
      assertThatThrownBy(() -> cluster.beginImport("one", 0, SHARDS, EngineConfig.defaults()))
          .hasMessageContaining("already");
      try (OfflineShards shards = cluster.openToRead(EngineConfig.defaults())) {
        MemoryLog back = MemoryLog.automatic(Clock.system());
        OfflineShard single = offline("back", back, new MemoryIndex(), true);
        assertThat(transfer(shards.all(), List.of(single), false).messages()).isEqualTo(60);
      }
    }
  }

  private void leavesAloneAClusterThatServes() throws IOException {
    try (ZooKeeperStore node =
            new ZooKeeperStore(new ZooKeeperConfig(config.connectString(), SESSION));
        OfflineCluster cluster = connect()) {
      await("a node is there")
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptions()
          .until(() -> node.claim("/rivulet/nodes/x", COMPUTING).get(20, TimeUnit.SECONDS));
      assertThatThrownBy(() -> cluster.beginImport("one", 0, SHARDS, EngineConfig.defaults()))
          .hasMessageContaining("node x")
          .hasMessageContaining("--roles storage");
      assertThatThrownBy(() -> cluster.openToRead(EngineConfig.defaults()))
          .hasMessageContaining("node x");
      assertThat(isServingAllowed()).isTrue();
    }
  }

  // ---- what is taken along

  private OfflineCluster connect() throws IOException {
    return OfflineCluster.connect(config, folder.resolve("work"), indexes, Clock.system());
  }

  private boolean isServingAllowed() {
    return ImportMark.isServingAllowed(store).orTimeout(20, TimeUnit.SECONDS).join();
  }

  /** A single process's log. */
  private static MemoryLog written() throws IOException {
    MemoryLog log = MemoryLog.automatic(Clock.system());
    try (Engine engine =
        ShardEngine.open(
            EngineConfig.defaults(), log, new MemoryIndex(), Clock.system(), new Quiet())) {
      for (int i = 0; i < 60; i++) {
        byte[] body = ("message " + i).getBytes(StandardCharsets.UTF_8);
        Message message = Message.builder("chat", "id" + i, body).liteTopic("s" + i % 20).build();
        assertThat(engine.send(List.of(message)).join().getFirst().isOk()).isTrue();
      }
    }
    return log;
  }

  private static OfflineShard source(MemoryLog log) throws IOException {
    return offline("one", log.crash(Integer.MAX_VALUE), new MemoryIndex(), false);
  }

  private static OfflineShard offline(String name, MemoryLog log, MemoryIndex index, boolean isNew)
      throws IOException {
    return OfflineShard.open(
        name, EngineConfig.defaults(), log, index, Clock.system(), ShardNumber.ONLY, isNew);
  }

  private static TransferCheck.Result transfer(
      List<OfflineShard> from, List<OfflineShard> to, boolean ends) throws IOException {
    new Transfer(from, to, _ -> {}, (_, _, _) -> {}).run();
    return ends
        ? new TransferCheck.Result(0, 0, 0, List.of())
        : new TransferCheck(from, to, (_, _, _) -> {}).run();
  }

  /** Immutable. Whatever happens. */
  private static final class Quiet implements EngineListener {
    @Override
    public void unsubscribed(String clientId, String group, String topic, String liteTopic) {}

    @Override
    public void unreadLost(String group, String topic, long count) {}

    @Override
    public void failed(Throwable cause) {}
  }
}
