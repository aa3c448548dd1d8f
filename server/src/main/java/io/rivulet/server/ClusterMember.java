package io.rivulet.server;

import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.cluster.node.ClusterNode;
import io.rivulet.cluster.node.IndexHome;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.SnapshotFiles;
import io.rivulet.engine.index.SnapshotKeeper;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.http.subscription.WebhookKeys;
import io.rivulet.server.rocketmq.route.Neighbours;
import io.rivulet.storage.index.IndexConfig;
import io.rivulet.storage.index.RocksIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Safe for all threads: immutable. This server as a node of a cluster: what stands in for the one
 * engine of a server of its own.
 */
final class ClusterMember implements AutoCloseable {
  /** By which nodes tell each other where RocketMQ clients reach them. */
  private static final String CLIENTS = "grpc";

  private static final String WEBHOOK_KEYS = "webhook-keys";

  /** A node has many indexes, each of which needs only a part of what a single one would get. */
  private static final int PARTS = 8;

  private static final long LEAST_CACHE_BYTES = 8L << 20;
  private static final long LEAST_MEMTABLE_BYTES = 4L << 20;

  private final ClusterNode node;

  private ClusterMember(ClusterNode node) {
    this.node = node;
  }

  /**
   * Joins the cluster; waits until most of the founding nodes are there.
   *
   * @throws StartException if it can't, with the reason for a person
   */
  static ClusterMember join(
      ServerConfig config, ClusterConfig cluster, Clock clock, EngineListener news)
      throws StartException {
    Path folder = config.data().folder();
    try {
      Files.createDirectories(folder);
      return new ClusterMember(
          ClusterNode.start(
              cluster,
              config.engine(),
              folder,
              new Indexes(config),
              clock,
              news,
              Map.of(CLIENTS, clientAddress(config, cluster)),
              BuildInfo.current().version()));
    } catch (IOException e) {
      throw new StartException(ExitCode.DATA, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Safe for all threads: immutable. An index in RocksDB for each shard, in a folder of its own.
   */
  private record Indexes(ServerConfig config) implements IndexHome {
    @Override
    public Index open(
        int shard, long logEnd, SnapshotKeeper keeper, Optional<SnapshotFiles> beginning)
        throws IOException {
      IndexConfig index = of(shard);
      Files.createDirectories(index.folder().getParent());
      return RocksIndex.open(index, logEnd, keeper, beginning);
    }

    @Override
    public long knownPosition(int shard) throws IOException {
      return RocksIndex.knownPosition(of(shard));
    }

    @Override
    public List<Path> folders(int shard) {
      Path folder = of(shard).folder();
      return List.of(folder.resolveSibling("snapshots"), folder);
    }

    private IndexConfig of(int shard) {
      IndexConfig whole = config.index();
      return new IndexConfig(
          config.data().folder().resolve("shards").resolve(shard + "").resolve("index"),
          Math.max(LEAST_CACHE_BYTES, whole.cacheBytes() / PARTS),
          Math.max(LEAST_MEMTABLE_BYTES, whole.memtableBytes() / PARTS));
    }
  }

  private static String clientAddress(ServerConfig config, ClusterConfig cluster) {
    return cluster
        .clientAddress()
        .orElseGet(() -> cluster.self().host() + ":" + config.grpc().address().port());
  }

  Engine engine() {
    return node.engine();
  }

  Returns returns() {
    return node.returns();
  }

  /** Those of the cluster: any node may have signed, and any may be asked. */
  WebhookKeys webhookKeys(long nowMillis, Duration maxAge) throws IOException {
    return WebhookKeys.open(
        change -> node.texts().change(WEBHOOK_KEYS, change),
        "the metadata (/rivulet/shared/" + WEBHOOK_KEYS + ")",
        nowMillis,
        maxAge);
  }

  ClusterNode node() {
    return node;
  }

  /** The other nodes, as RocketMQ clients reach them. */
  Neighbours neighbours(ServerConfig config) {
    return () -> {
      List<Neighbours.Neighbour> others = new ArrayList<>();
      for (ShardMap.Node each : node.map().nodes().values()) {
        String address = each.info().addresses().get(CLIENTS);
        if (!each.name().equals(node.name()) && address != null && !each.isLeaving()) {
          int colon = address.lastIndexOf(':');
          others.add(
              new Neighbours.Neighbour(
                  config.brokerNameOf(each.name()),
                  address.substring(0, colon),
                  Integer.parseInt(address.substring(colon + 1))));
        }
      }
      return others;
    };
  }

  @Override
  public void close() {
    node.close();
  }
}
