package io.rivulet.cluster.node;

import io.rivulet.cluster.Timer;
import io.rivulet.cluster.ledger.StorageNodes;
import io.rivulet.cluster.ledger.UnderReplicated;
import io.rivulet.cluster.ownership.ClusterRecord;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.ClusterStatus;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.cluster.status.ShardReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: its parts are. Puts together how the cluster is: by this node's map, and by
 * what the other nodes say, each of which has a moment to answer.
 */
final class StatusQuery {
  /** Of what is under-replicated a look so long ago is good enough. */
  private static final Duration FRESH = Duration.ofSeconds(5);

  private final NodeView view;
  private final Timer timer;
  private final Duration reportTime;

  StatusQuery(NodeView view, Timer timer, Duration reportTime) {
    this.view = view;
    this.timer = timer;
    this.reportTime = reportTime;
  }

  /** What one node said, or why it did not. */
  private record Word(@Nullable NodeReport report, String silence) {}

  CompletableFuture<ClusterStatus> ask(ClusterRecord cluster) {
    Map<String, CompletableFuture<Word>> words = new TreeMap<>();
    ShardMap map = view.compute().ownership().map();
    Map<String, NodeReports> others = view.compute().links().reports();
    for (String name : map.nodes().keySet()) {
      NodeReports there = others.get(name);
      if (name.equals(view.name())) {
        words.put(name, CompletableFuture.completedFuture(new Word(view.report(), "")));
      } else if (there == null) {
        words.put(
            name, CompletableFuture.completedFuture(new Word(null, "there is no way to it yet")));
      } else {
        words.put(name, word(there));
      }
    }
    CompletableFuture<Optional<UnderReplicated>> ledgers =
        limited(view.stored().ledgers().underReplicated(FRESH))
            .handle((found, _) -> Optional.ofNullable(found));
    List<CompletableFuture<?>> all = new ArrayList<>(words.values());
    all.add(ledgers);
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(_ -> {
          Map<String, Word> said = new TreeMap<>();
          words.forEach((name, word) -> said.put(name, word.join()));
          return status(cluster, map, said, ledgers.join());
        });
  }

  private CompletableFuture<Word> word(NodeReports there) {
    return limited(there.report())
        .handle((report, failure) ->
            failure == null ? new Word(report, "") : new Word(null, reason(failure)));
  }

  private <T> CompletableFuture<T> limited(CompletableFuture<T> answer) {
    timer.after(reportTime, () -> answer.cancel(false));
    return answer;
  }

  private String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : failure;
    return cause instanceof CancellationException
        ? "no answer within %d ms (cluster.report-time)".formatted(reportTime.toMillis())
        : String.valueOf(cause.getMessage());
  }

  private ClusterStatus status(
      ClusterRecord cluster,
      ShardMap map,
      Map<String, Word> said,
      Optional<UnderReplicated> found) {
    Map<Integer, Long> loads = view.compute().ownership().loads();
    List<ClusterStatus.Shard> shards = new ArrayList<>();
    for (int shard = 0; shard < map.shards(); shard++) {
      shards.add(shard(map, shard, said, loads.get(shard)));
    }
    List<ClusterStatus.Node> nodes = new ArrayList<>();
    Map<String, String> silent = new TreeMap<>();
    for (ShardMap.Node node : map.nodes().values()) {
      Word word = said.get(node.name());
      if (word != null && word.report == null) {
        silent.put(node.name(), word.silence);
      }
      nodes.add(node(node, shards, word == null ? null : word.report));
    }
    Set<String> drained = view.compute().ownership().drained();
    return new ClusterStatus(
        cluster.id(),
        view.name(),
        nodes,
        shards,
        storage(found),
        drained.stream().filter(each -> !map.nodes().containsKey(each)).sorted().toList(),
        silent);
  }

  private static ClusterStatus.Shard shard(
      ShardMap map, int number, Map<String, Word> said, @Nullable Long load) {
    ShardMap.Place place = map.places().get(number);
    String owner = place.owner().map(ShardMap.Owner::node).orElse("");
    Optional<ShardReport> report =
        report(said, owner)
            .flatMap(
                each -> each.shards().stream().filter(shard -> shard.shard() == number).findAny());
    return new ClusterStatus.Shard(
        number,
        owner,
        place.owner().map(ShardMap.Owner::epoch).orElse(0L),
        place.plannedOwner(),
        place.standby(),
        report(said, place.standby()).filter(each -> each.standby().contains(number)).isPresent(),
        load == null ? OptionalLong.empty() : OptionalLong.of(load),
        report);
  }

  private static Optional<NodeReport> report(Map<String, Word> said, String node) {
    Word word = said.get(node);
    return word == null ? Optional.empty() : Optional.ofNullable(word.report);
  }

  private static ClusterStatus.Node node(
      ShardMap.Node node, List<ClusterStatus.Shard> shards, @Nullable NodeReport report) {
    List<ClusterStatus.Shard> owned =
        shards.stream().filter(each -> each.owner().equals(node.name())).toList();
    ClusterStatus.State state;
    if (node.isLeaving()) {
      state = ClusterStatus.State.LEAVING;
    } else if (node.isDrained()) {
      state = owned.isEmpty() ? ClusterStatus.State.DRAINED : ClusterStatus.State.DRAINING;
    } else {
      state = ClusterStatus.State.ACTIVE;
    }
    return new ClusterStatus.Node(
        node.name(),
        node.roles(),
        node.info().addresses(),
        state,
        node.info().capacity(),
        owned.size(),
        owned.stream().mapToLong(each -> each.load().orElse(0)).sum(),
        Optional.ofNullable(report));
  }

  private ClusterStatus.Storage storage(Optional<UnderReplicated> found) {
    StorageNodes nodes = view.stored().ledgers().storageNodes();
    return new ClusterStatus.Storage(
        nodes.writable(),
        nodes.readOnly(),
        view.stored().ledgers().isNearlyFull(),
        found.map(each -> OptionalLong.of(each.count())).orElse(OptionalLong.empty()),
        found.map(UnderReplicated::some).orElse(List.of()));
  }
}
