package io.rivulet.cluster.node;

import io.rivulet.cluster.member.NodeAddress;
import io.rivulet.cluster.ownership.Role;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Immutable. What a node is told of the cluster.
 *
 * @param founders the nodes that the cluster was made with, by name: they hold the metadata
 * @param self this node; a founder, or one that joined later
 * @param metadata where an existing ZooKeeper is, {@code zk://host:port,host:port/path}; empty: the
 *     founders are the quorum
 * @param shards how many there are, 1 to 128; decided by whoever makes the cluster, for good
 * @param clientAddress where clients reach this node, host and port; empty: as it listens
 * @param sessionTimeout a node that was not heard of for so long is taken for dead
 * @param movePatience for how long a request waits while its shard has no owner
 * @param maxMovingRequests that wait so at a time
 * @param maxForks of streams in other shards that this node makes at a time
 * @param linkBytes bodies of requests to other nodes, and as much of answers, that may be on their
 *     way at a time; and as much of large ones that come from others, of each
 * @param acceptsEmptyStorage storage that lost its disk may begin anew under the same name
 * @param tuning how it works
 */
public record ClusterConfig(
    List<NodeAddress> founders,
    NodeAddress self,
    Set<Role> roles,
    Optional<String> metadata,
    int shards,
    Optional<String> clientAddress,
    Duration sessionTimeout,
    Duration movePatience,
    int maxMovingRequests,
    int maxForks,
    long linkBytes,
    boolean acceptsEmptyStorage,
    ClusterTuning tuning) {

  public ClusterConfig {
    founders = List.copyOf(founders);
    roles = Set.copyOf(roles);
    if (roles.isEmpty()) {
      throw new IllegalArgumentException("a node has a role: storage, compute or both");
    }
  }

  /** Where ZooKeeper is, as its clients write it. */
  public String connectString() {
    return metadata
        .map(uri -> uri.replaceFirst("^zk://", ""))
        .orElseGet(() ->
            founders.stream()
                .map(each -> each.host() + ":" + each.metadataPort())
                .collect(Collectors.joining(",")));
  }

  /** Whether this node is a member of the metadata quorum. */
  public boolean isFounder() {
    return metadata.isEmpty() && founders.contains(self);
  }
}
