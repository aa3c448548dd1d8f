package io.rivulet.server.config;

import io.rivulet.cluster.member.NodeAddress;
import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.server.network.HostPort;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Immutable. The settings of a node of a cluster. */
final class ClusterSettings {
  static final Setting<Boolean> ENABLED =
      new Setting<>(
          "cluster.enabled",
          new ValueType.Flag(),
          false,
          "Whether this process is a node of a cluster, with a replicated log, and not a server of"
              + " its own; the same as --cluster.");
  static final Setting<Optional<Set<String>>> NODES =
      new Setting<>(
          "cluster.nodes",
          new ValueType.Perhaps<>(new ValueType.Words("nodes")),
          Optional.empty(),
          "The nodes that the cluster is made with, name=host:port or host:port each, the same at"
              + " every node: they hold the metadata. Take one, three or five; each uses five ports"
              + " in a row from its own on. Nodes that join later are not added here.");
  static final Setting<Optional<String>> NODE =
      new Setting<>(
          "cluster.node",
          new ValueType.Perhaps<>(new ValueType.Text()),
          Optional.empty(),
          "Which node this is: the name of one of cluster.nodes, or name=host:port of one that"
              + " joins.");
  static final Setting<Set<String>> ROLES =
      new Setting<>(
          "cluster.roles",
          new ValueType.Words("roles"),
          Set.of("storage", "compute"),
          "What this node does: storage keeps copies of the log, compute owns shards. Split them to"
              + " let both grow apart.");
  static final Setting<Optional<String>> METADATA =
      new Setting<>(
          "cluster.metadata",
          new ValueType.Perhaps<>(new ValueType.Text()),
          Optional.empty(),
          "An existing ZooKeeper to use, zk://host:port,host:port/path, with the BookKeeper that is"
              + " registered there. Without it the founding nodes are the quorum themselves.");
  static final Setting<Integer> SHARDS =
      new Setting<>(
          "cluster.shards",
          new ValueType.Count(1, 128, "shards"),
          32,
          "Shards that the cluster is made with; it can't be changed afterwards. Take several times"
              + " as many as there will ever be compute nodes.");
  static final Setting<Optional<HostPort>> CLIENT_ADDRESS =
      new Setting<>(
          "cluster.client-address",
          new ValueType.Perhaps<>(new ValueType.Address()),
          Optional.empty(),
          "Where RocketMQ clients reach this node, as told to them by the others. Set it when that"
              + " is not the host of cluster.node with the port of grpc.address.");
  static final Setting<Duration> SESSION_TIMEOUT =
      new Setting<>(
          "cluster.session-timeout",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofMinutes(1)),
          Duration.ofSeconds(3),
          "A node that was not heard of for so long is taken for dead, and others take its shards."
              + " Raise it where pauses are long, of machines or networks; nothing is lost if it is"
              + " too short, but shards move in vain.");
  static final Setting<Duration> MOVE_PATIENCE =
      new Setting<>(
          "cluster.move-patience",
          new ValueType.Span(Duration.ZERO, Duration.ofMinutes(1)),
          Duration.ofSeconds(8),
          "For how long a request waits while its shard has no owner, before it is refused with"
              + " UNAVAILABLE. Lower it for callers that would rather try again by themselves.");
  static final Setting<Integer> MAX_MOVING_REQUESTS =
      new Setting<>(
          "cluster.max-moving-requests",
          new ValueType.Count(0, 1_000_000, "requests"),
          10_000,
          "Requests that may wait so at a time on this node; more are refused at once. Raise it with"
              + " the heap.");
  static final Setting<Integer> MAX_FORKS =
      new Setting<>(
          "cluster.max-forks",
          new ValueType.Count(1, 10_000, "forks"),
          16,
          "Forks of streams in other shards that this node makes at a time; more are refused with"
              + " TOO_MANY_REQUESTS. What a fork begins with is copied, up to 1 MiB or one message"
              + " of each in memory. Raise it with the heap.");
  static final Setting<Long> LINK_BYTES =
      new Setting<>(
          "cluster.link-bytes",
          new ValueType.ByteSize(1 << 20, 1L << 40),
          128L << 20,
          "Bodies that this node may have on their way to other nodes at a time, with requests, and"
              + " as many with answers; and as much of large ones that it receives, of each. All are"
              + " whole in memory there and here. What finds no room waits, for 10 s at most. Raise"
              + " it with the heap where large messages are slow.");
  static final Setting<Boolean> ACCEPT_EMPTY_STORAGE =
      new Setting<>(
          "cluster.accept-empty-storage",
          new ValueType.Flag(),
          false,
          "Whether the storage of this node may begin anew although the cluster knows it and its"
              + " folder is empty. Set it for one start after a disk was lost, once the rest of the"
              + " cluster is whole: what it had acknowledged alone is gone.");

  static final List<Setting<?>> SETTINGS =
      List.of(
          ENABLED,
          NODES,
          NODE,
          ROLES,
          METADATA,
          SHARDS,
          CLIENT_ADDRESS,
          SESSION_TIMEOUT,
          MOVE_PATIENCE,
          MAX_MOVING_REQUESTS,
          MAX_FORKS,
          LINK_BYTES,
          ACCEPT_EMPTY_STORAGE);

  private ClusterSettings() {}

  /** Empty for a server of its own. */
  static Optional<ClusterConfig> from(SettingValues values) throws ConfigException {
    if (!values.get(ENABLED)) {
      if (values.get(NODES).isPresent() || values.get(NODE).isPresent()) {
        throw new ConfigException(
            "cluster.nodes and cluster.node are for a node of a cluster: add --cluster, or leave"
                + " them out");
      }
      return Optional.empty();
    }
    try {
      List<NodeAddress> founders =
          values.get(NODES).orElse(Set.of()).stream()
              .map(NodeAddress::parse)
              .sorted(Comparator.comparing(NodeAddress::name))
              .toList();
      check(founders, values);
      return Optional.of(
          new ClusterConfig(
              founders,
              self(founders, values.get(NODE).orElseThrow().toLowerCase(Locale.ROOT)),
              roles(values.get(ROLES)),
              values.get(METADATA),
              values.get(SHARDS),
              values.get(CLIENT_ADDRESS).map(HostPort::toString),
              values.get(SESSION_TIMEOUT),
              values.get(MOVE_PATIENCE),
              values.get(MAX_MOVING_REQUESTS),
              values.get(MAX_FORKS),
              values.get(LINK_BYTES),
              values.get(ACCEPT_EMPTY_STORAGE),
              ClusterShardSettings.from(values)));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  private static void check(List<NodeAddress> founders, SettingValues values)
      throws ConfigException {
    if (values.get(NODE).isEmpty()) {
      throw new ConfigException(
          "a node of a cluster has to know which one it is: set cluster.node (--node)");
    }
    if (founders.isEmpty() && values.get(METADATA).isEmpty()) {
      throw new ConfigException(
          "a node of a cluster has to know the others: set cluster.nodes (--nodes), or"
              + " cluster.metadata (--metadata) for an existing ZooKeeper");
    }
    if (founders.stream().map(NodeAddress::name).distinct().count() < founders.size()) {
      throw new ConfigException(
          "cluster.nodes has two nodes of one name; write name=host:port where hosts are the same");
    }
  }

  private static NodeAddress self(List<NodeAddress> founders, String node) throws ConfigException {
    Optional<NodeAddress> founder =
        founders.stream().filter(each -> each.name().equals(node)).findFirst();
    if (founder.isPresent()) {
      return founder.get();
    }
    if (node.indexOf(':') < 0) {
      throw new ConfigException(
          "cluster.node '%s' is none of cluster.nodes (%s); one that joins is written name=host:port"
              .formatted(
                  node,
                  founders.stream().map(NodeAddress::name).collect(Collectors.joining(", "))));
    }
    return NodeAddress.parse(node);
  }

  private static Set<Role> roles(Set<String> words) throws ConfigException {
    for (String word : words) {
      if (Stream.of(Role.values()).noneMatch(role -> role.name().equalsIgnoreCase(word))) {
        throw new ConfigException(
            "cluster.roles: '" + word + "' is no role; there are storage and compute");
      }
    }
    return Stream.of(Role.values())
        .filter(role -> words.stream().anyMatch(role.name()::equalsIgnoreCase))
        .collect(Collectors.toSet());
  }
}
