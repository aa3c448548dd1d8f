package io.rivulet.server.cli;

import io.rivulet.api.v1.ClusterNode;
import io.rivulet.api.v1.ClusterShard;
import io.rivulet.api.v1.ClusterShardReport;
import io.rivulet.api.v1.ClusterStorage;
import io.rivulet.api.v1.DescribeClusterResponse;
import io.rivulet.api.v1.NodeState;
import io.rivulet.api.v1.SilentNode;
import io.rivulet.server.cli.ClusterCommand.Waiting.Missing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Immutable. A cluster for people: tables, and sentences on what is not as it should be. */
final class ClusterText {
  private static final int COPIES = 3;
  private static final int LISTED = 20;

  private ClusterText() {}

  // ---- what can be waited for

  /** A state that somebody waits for; empty: there is none called so. */
  static Optional<Missing> missing(String state) {
    return switch (state) {
      case "served" -> Optional.of(ClusterText::unserved);
      case "settled" -> Optional.of(ClusterText::unsettled);
      case "replicated" -> Optional.of(ClusterText::unreplicated);
      default ->
          state.matches("nodes=[0-9]{1,4}")
              ? Optional.of(cluster -> tooFew(cluster, Integer.parseInt(state.substring(6))))
              : Optional.empty();
    };
  }

  private static Optional<String> tooFew(DescribeClusterResponse cluster, int wanted) {
    int there = cluster.getNodesCount();
    return there >= wanted
        ? Optional.empty()
        : Optional.of("%d of %d nodes are there".formatted(there, wanted));
  }

  private static Optional<String> unserved(DescribeClusterResponse cluster) {
    if (cluster.getShardsCount() == 0) {
      return Optional.of("the node that was asked does not know the shards yet");
    }
    return cluster.getUnservedCount() == 0
        ? Optional.empty()
        : Optional.of("no node serves " + shards(cluster.getUnservedList(), LISTED));
  }

  private static Optional<String> unsettled(DescribeClusterResponse cluster) {
    return unserved(cluster)
        .or(() ->
            sentence(
                cluster,
                each -> !each.getOwner().equals(each.getPlannedOwner()),
                "%s: on the way to another node"))
        .or(() ->
            cluster.getNodesList().stream()
                .filter(each ->
                    each.getState() == NodeState.NODE_STATE_DRAINING
                        || each.getState() == NodeState.NODE_STATE_LEAVING)
                .findFirst()
                .map(each -> "node %s is %s".formatted(each.getName(), word(each.getState()))));
  }

  private static Optional<String> unreplicated(DescribeClusterResponse cluster) {
    ClusterStorage storage = cluster.getStorage();
    return unserved(cluster)
        .or(() ->
            cluster.getSilentList().stream()
                .findFirst()
                .map(each ->
                    "%s does not say how it is: %s".formatted(each.getName(), each.getReason())))
        .or(() -> degraded(cluster))
        .or(() -> thin(cluster))
        .or(() ->
            !storage.hasUnderReplicated()
                ? Optional.of("it is not known whether ledgers are under-replicated")
                : Optional.empty())
        .or(() -> underReplicated(storage));
  }

  private static Optional<String> degraded(DescribeClusterResponse cluster) {
    return sentence(
            cluster,
            each -> each.hasReport() && each.getReport().hasHeld(),
            "%s: nothing can be written")
        .or(() ->
            sentence(
                cluster,
                each -> each.hasReport() && each.getReport().getCopies() < COPIES,
                "%s: fewer than three copies of what is written now"));
  }

  private static Optional<String> thin(DescribeClusterResponse cluster) {
    return sentence(
            cluster,
            each -> each.hasReport() && each.getReport().getThinLedgers() > 0,
            "%s: fewer than three copies of some ledgers, or it is not known")
        .or(() ->
            sentence(
                cluster,
                each -> each.hasReport() && each.getReport().getThinCheckpointLedgers() > 0,
                "%s: fewer than three copies of some ledgers of checkpoints, or it is not known"));
  }

  private static Optional<String> underReplicated(ClusterStorage storage) {
    int count = storage.getUnderReplicated();
    return count == 0
        ? Optional.empty()
        : Optional.of(
            "%s ledgers are held by too few storage nodes, such as %s"
                .formatted(
                    count == 1000 ? "1000 or more" : "" + count,
                    storage.getSomeUnderReplicatedList().stream()
                        .limit(5)
                        .map(String::valueOf)
                        .collect(Collectors.joining(", "))));
  }

  private static Optional<String> sentence(
      DescribeClusterResponse cluster, Predicate<ClusterShard> which, String text) {
    List<Integer> found =
        cluster.getShardsList().stream()
            .filter(each -> !each.getOwner().isEmpty())
            .filter(which)
            .map(ClusterShard::getNumber)
            .toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(text.formatted(shards(found, LISTED)));
  }

  // ---- parts

  static List<Integer> ownedBy(DescribeClusterResponse cluster, String node) {
    return cluster.getShardsList().stream()
        .filter(each -> each.getOwner().equals(node))
        .map(ClusterShard::getNumber)
        .toList();
  }

  static String shards(List<Integer> numbers, int listed) {
    String some =
        numbers.stream().limit(listed).map(String::valueOf).collect(Collectors.joining(", "));
    return (numbers.size() == 1 ? "shard " : "shards ")
        + some
        + (numbers.size() > listed ? " and %d more".formatted(numbers.size() - listed) : "");
  }

  private static String word(Enum<?> constant) {
    return constant
        .name()
        .replaceFirst("^NODE_(STATE|ROLE|STORAGE)_", "")
        .toLowerCase(Locale.ROOT)
        .replace('_', '-');
  }

  static void changed(Output output, String node, boolean isDrained, boolean hasChanged) {
    output.json(json -> {
      json.writeStartObject();
      json.writeStringProperty("node", node);
      json.writeBooleanProperty("drained", isDrained);
      json.writeBooleanProperty("changed", hasChanged);
      json.writeEndObject();
    });
  }

  // ---- all of it

  static void print(Output output, DescribeClusterResponse cluster, boolean showsShards) {
    output.line(
        "cluster %s as %s sees it: %d nodes, %d shards"
            .formatted(
                cluster.getId(),
                cluster.getAnsweredBy(),
                cluster.getNodesCount(),
                cluster.getShardsCount()));
    nodes(output, cluster);
    if (showsShards) {
      shardTable(output, cluster);
    }
    ClusterStorage storage = cluster.getStorage();
    output.line(
        "storage: %d take entries (%s)%s; ledgers with too few copies: %s"
            .formatted(
                storage.getWritableCount(),
                String.join(", ", storage.getWritableList()),
                storage.getReadOnlyCount() == 0
                    ? ""
                    : ", read-only: " + String.join(", ", storage.getReadOnlyList()),
                storage.hasUnderReplicated() ? storage.getUnderReplicated() : "not known"));
    complaints(cluster).forEach(output::line);
  }

  private static List<String> complaints(DescribeClusterResponse cluster) {
    List<String> all = new ArrayList<>();
    unserved(cluster).ifPresent(all::add);
    unsettled(cluster).filter(each -> !all.contains(each)).ifPresent(all::add);
    degraded(cluster).ifPresent(all::add);
    thin(cluster).ifPresent(all::add);
    underReplicated(cluster.getStorage()).ifPresent(all::add);
    if (cluster.getStorage().getNearlyFull()) {
      all.add("the disks of the storage nodes are nearly full: new messages are refused");
    }
    for (ClusterNode node : cluster.getNodesList()) {
      if (node.hasReport() && !node.getReport().getMetadataConnected()) {
        all.add("the metadata quorum does not answer " + node.getName());
      }
    }
    for (SilentNode node : cluster.getSilentList()) {
      all.add("%s does not say how it is: %s".formatted(node.getName(), node.getReason()));
    }
    if (cluster.getAbsentDrainedCount() > 0) {
      all.add("drained and not there: " + String.join(", ", cluster.getAbsentDrainedList()));
    }
    return all;
  }

  private static void nodes(Output output, DescribeClusterResponse cluster) {
    Table table =
        new Table(
            "NODE", "ROLES", "STATE", "SHARDS", "LOAD", "STORAGE", "VERSION", "CLIENTS", "NODES");
    for (ClusterNode node : cluster.getNodesList()) {
      table.row(
          node.getName() + (node.hasReport() && node.getReport().getPlanner() ? " (plans)" : ""),
          node.getRolesList().stream().map(ClusterText::word).collect(Collectors.joining(",")),
          word(node.getState()),
          node.getOwned(),
          node.getLoad() + "/s",
          node.hasReport() ? word(node.getReport().getStorage()) : "?",
          node.hasReport() ? node.getReport().getVersion() : "?",
          node.getAddressesOrDefault("grpc", "-"),
          node.getAddressesOrDefault("node", "-"));
    }
    table.print(output.out());
  }

  private static void shardTable(Output output, DescribeClusterResponse cluster) {
    Table table =
        new Table(
            "SHARD",
            "OWNER",
            "EPOCH",
            "PLANNED",
            "STANDBY",
            "LOAD",
            "COPIES",
            "LEDGERS",
            "BYTES",
            "CHECKPOINT LAG",
            "AGE");
    for (ClusterShard shard : cluster.getShardsList()) {
      ClusterShardReport report = shard.getReport();
      boolean isKnown = shard.hasReport();
      table.row(
          shard.getNumber(),
          shard.getOwner().isEmpty() ? "-" : shard.getOwner(),
          shard.getEpoch(),
          shard.getPlannedOwner().isEmpty() ? "-" : shard.getPlannedOwner(),
          shard.getStandby().isEmpty()
              ? "-"
              : shard.getStandby() + (shard.getStandbyReady() ? "" : " (not ready)"),
          shard.getLoad() + "/s",
          isKnown ? report.getCopies() + (report.hasHeld() ? " (held)" : "") : "?",
          isKnown ? report.getLedgers() : "?",
          isKnown ? report.getSizeBytes() : "?",
          isKnown ? report.getCheckpointLagBytes() : "?",
          isKnown && report.hasCheckpointAge() ? Times.text(report.getCheckpointAge()) : "-");
    }
    table.print(output.out());
  }
}
