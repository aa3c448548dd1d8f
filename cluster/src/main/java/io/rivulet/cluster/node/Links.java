package io.rivulet.cluster.node;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.rivulet.cluster.forward.LinkGround;
import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.cluster.forward.NodeLink;
import io.rivulet.cluster.forward.NodeServer;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.NodeReports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Safe for all threads: a concurrent map, changed by whoever brings a new map of the cluster. The
 * ways to the other nodes.
 *
 * <p>A process that dies takes its connections with it, and its address refuses new ones: that is
 * known at once, long before its session with the metadata store ends, and is said to {@link Gone}.
 */
final class Links implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(Links.class);

  /** By which nodes tell each other where calls go. */
  static final String ADDRESS = "node";

  private static final int PROBE_MILLIS = 500;
  private static final long KEEP_ALIVE_SECONDS = 10;

  /** Hears that the process of a node is gone. */
  @FunctionalInterface
  interface Gone {
    void gone(String node, String incarnation);
  }

  /** Immutable. One node, in one life. */
  private record Way(
      String node,
      String incarnation,
      boolean computes,
      InetSocketAddress place,
      ManagedChannel channel,
      NodeLink link) {}

  private final String self;
  private final LinkGround ground;
  private final Gone gone;
  private final Executor probes;
  private final Map<String, Way> ways = new ConcurrentHashMap<>();

  Links(String self, LinkGround ground, Gone gone, Executor probes) {
    this.self = self;
    this.ground = ground;
    this.gone = gone;
    this.probes = probes;
  }

  /** Opens ways to nodes that have come, and closes those to nodes that have gone. */
  void follow(ShardMap map) {
    ways.values()
        .removeIf(way -> {
          ShardMap.Node node = map.nodes().get(way.node);
          boolean isOver = node == null || !node.incarnation().equals(way.incarnation);
          if (isOver) {
            way.link.close();
          }
          return isOver;
        });
    for (ShardMap.Node node : map.nodes().values()) {
      String address = node.info().addresses().get(ADDRESS);
      if (!node.name().equals(self) && address != null) {
        ways.computeIfAbsent(node.name(), _ -> open(node, address));
      }
    }
  }

  private Way open(ShardMap.Node node, String address) {
    int colon = address.lastIndexOf(':');
    InetSocketAddress place =
        new InetSocketAddress(
            address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(place)
            .usePlaintext()
            .directExecutor()
            .maxInboundMessageSize(NodeServer.MOST_FRAME_BYTES)
            .flowControlWindow(NodeServer.WINDOW_BYTES)
            // Who asks decides what is asked again.
            .disableRetry()
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .build();
    logger.info("Node {} is at {}", node.name(), address);
    return new Way(
        node.name(),
        node.incarnation(),
        node.roles().contains(Role.COMPUTE),
        place,
        channel,
        new NodeLink(node.name(), self, channel, ground));
  }

  Optional<NodeLink> to(String node) {
    return Optional.ofNullable(ways.get(node)).map(Way::link);
  }

  /** Those that may serve shards. */
  Collection<NodeCalls> all() {
    return ways.values().stream().filter(Way::computes).map(way -> way.link.calls()).toList();
  }

  /** Where nodes are asked how they are, by name. */
  Map<String, NodeReports> reports() {
    Map<String, NodeReports> reports = new TreeMap<>();
    ways.forEach((name, way) -> reports.put(name, way.link.reports()));
    return reports;
  }

  int count() {
    return ways.size();
  }

  /** How many are not connected just now. */
  int downCount() {
    return (int)
        ways.values().stream()
            .filter(way -> way.channel.getState(false) != ConnectivityState.READY)
            .count();
  }

  /** Looks at the nodes that are not connected: whether their processes are gone. */
  void probe() {
    for (Way way : List.copyOf(ways.values())) {
      if (way.channel.getState(true) != ConnectivityState.READY) {
        probes.execute(() -> probe(way));
      }
    }
  }

  private void probe(Way way) {
    try (Socket socket = new Socket()) {
      socket.connect(way.place, PROBE_MILLIS);
    } catch (ConnectException refused) {
      // Nobody listens there: the process is gone, or is about to be.
      gone.gone(way.node, way.incarnation);
    } catch (IOException unreachable) {
      logger.debug("Node {} cannot be reached: {}", way.node, unreachable.toString());
    }
  }

  @Override
  public void close() {
    ways.values().forEach(way -> way.link.close());
    ways.clear();
  }
}
