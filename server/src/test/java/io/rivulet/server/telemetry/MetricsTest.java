package io.rivulet.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.checkpoint.StandbyFigures;
import io.rivulet.cluster.forward.CallCounters;
import io.rivulet.cluster.ledger.LogCounters;
import io.rivulet.cluster.node.ClusterFigures;
import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineStats;
import io.rivulet.engine.delivery.Returns;
import io.rivulet.engine.group.GroupStats;
import io.rivulet.engine.group.SchedulingView.HeldBackBy;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.grpc.CallCounts;
import io.rivulet.server.grpc.ReplyBudget;
import io.rivulet.server.http.ConnectionCounts;
import io.rivulet.server.http.HttpMetrics;
import io.rivulet.server.http.feed.FeedConfig;
import io.rivulet.server.http.feed.Feeds;
import io.rivulet.server.network.RequestBudget;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Pattern IN_DOCS =
      Pattern.compile("^\\| `(rivulet_[a-z_]+)", Pattern.MULTILINE);
  private static final Pattern IN_SCRAPE =
      Pattern.compile("^# TYPE (rivulet_[a-z_]+)", Pattern.MULTILINE);

  private static final GroupStats.HeldBack FREE = GroupStats.HeldBack.NONE;

  private static final ClusterFigures NODE =
      new ClusterFigures(
          new ClusterFigures.Shards(32, 2, 0),
          new ClusterFigures.Nodes(3, 0, false, 2, 0),
          new OwnershipStats(
              true,
              true,
              false,
              0,
              0,
              0,
              new OwnershipStats.Counted(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
          new ClusterFigures.Storage(3, 0, false, -1, -1, true),
          new ClusterFigures.Logs(
              -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, new LogCounters.Counted(0, 0, 0, 0, 0)),
          new ClusterFigures.Checkpoints(
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              0,
              new ClusterFigures.StoredCheckpoints(0, 0, 0, 0, 0, 0, 0, 0)),
          new StandbyFigures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
          new ClusterFigures.Requests(0, 10, 0, 0, 0, 0, 0, 16),
          new CallCounters.Counted(0, 0, 0, 0, 0, 0, 0, 0, 0),
          new CallCounters.Counted(0, 0, 0, 0, 0, 0, 0, 0, 0),
          new ClusterFigures.Orphans(0, 0, 0));

  private final AtomicReference<ClusterFigures> node = new AtomicReference<>(NODE);
  private final AtomicLong appended = new AtomicLong();
  private final AtomicReference<List<GroupStats>> groups =
      new AtomicReference<>(List.of(group(GroupStats.OTHERS, 0, FREE)));

  private static GroupStats group(String name, long waiting, GroupStats.HeldBack heldBack) {
    return new GroupStats(name, waiting, 1, 2, 30, 4, heldBack);
  }

  @Test
  void everyReadingOfTheEngineIsAMetric() {
    assertThat(EngineMetric.ALL)
        .hasSize(readings(EngineStats.class))
        .extracting(each -> each.name() + each.gate())
        .doesNotHaveDuplicates();
  }

  @Test
  void thePageInTheDocsNamesEveryMetricAndNoOther() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "metrics.md"));

    try (Metrics metrics = metrics()) {
      assertThat(names(IN_DOCS, page)).isEqualTo(names(IN_SCRAPE, metrics.scrape()));
    }
  }

  @Test
  void everyReadingOfANodeOfAClusterIsAMetric() {
    assertThat(ClusterMetric.ALL)
        .hasSize(readings(ClusterFigures.class))
        .extracting(each -> each.name() + each.tag())
        .doesNotHaveDuplicates();
  }

  @Test
  void aScrapeReadsTheNodeAnewAndWhatIsNotKnownIsNoNumber() {
    try (Metrics metrics = metrics()) {
      assertThat(metrics.scrape())
          .contains("rivulet_cluster_log_copies NaN")
          .contains("rivulet_cluster_ledgers_under_replicated NaN")
          .contains("rivulet_cluster_shards_unserved 2.0");
      node.set(
          new ClusterFigures(
              new ClusterFigures.Shards(32, 0, 1),
              NODE.nodes(),
              NODE.ownership(),
              new ClusterFigures.Storage(3, 0, false, 7, 12, true),
              new ClusterFigures.Logs(2, 1, 0, 0, 2, 0, 0, 0, 4, 5, NODE.logs().done()),
              NODE.checkpoints(),
              NODE.standby(),
              NODE.requests(),
              NODE.callsOut(),
              NODE.callsIn(),
              NODE.orphans()));

      assertThat(metrics.scrape())
          .contains("rivulet_cluster_log_copies 2.0")
          .contains("rivulet_cluster_ledgers_under_replicated 7.0")
          .contains("rivulet_cluster_shards_unserved 0.0")
          .contains("rivulet_cluster_shards_moving 1.0")
          .contains("rivulet_cluster_log_fenced_total 4.0")
          .contains("rivulet_cluster_storage_nodes{state=\"writable\"} 3.0");
    }
  }

  @Test
  void aServerOfItsOwnHasNoMetricsOfACluster() {
    try (Metrics metrics = alone()) {
      assertThat(metrics.scrape()).doesNotContain("rivulet_cluster");
    }
  }

  @Test
  void aScrapeReadsTheEngineAnew() {
    try (Metrics metrics = metrics()) {
      appended.set(7);

      assertThat(metrics.scrape()).contains("rivulet_messages_appended_total 7.0");
    }
  }

  @Test
  void theRoomOnTheDiskOfTheDataFolderIsMeasured() {
    try (Metrics metrics = metrics().addDisk(Path.of("."))) {
      assertThat(metrics.scrape())
          .containsPattern("disk_free_bytes\\{path=\"[^\"]+\"\\} [1-9]")
          .containsPattern("disk_total_bytes\\{path=\"[^\"]+\"\\} [1-9]");
    }
  }

  @Test
  void eachGroupIsShownAsLongAsTheEngineTellsItApart() {
    try (Metrics metrics = metrics()) {
      groups.set(
          List.of(
              group("workers", 7, GroupStats.HeldBack.of(HeldBackBy.COST_RATE)),
              group(GroupStats.OTHERS, 5, FREE)));
      String both = metrics.scrape();
      groups.set(List.of(group(GroupStats.OTHERS, 12, FREE)));
      String others = metrics.scrape();

      assertThat(both)
          .contains("rivulet_group_waiting{group=\"workers\"} 7.0")
          .contains("rivulet_group_waiting{group=\"_other\"} 5.0")
          .contains("rivulet_group_served_total{group=\"workers\"} 2.0")
          .contains("rivulet_group_served_cost_total{group=\"workers\"} 30.0")
          .contains("rivulet_group_held_back{gate=\"cost-rate\",group=\"workers\"} 1.0")
          .contains("rivulet_group_held_back{gate=\"clients\",group=\"workers\"} 0.0");
      assertThat(others)
          .doesNotContain("workers")
          .contains("rivulet_group_waiting{group=\"_other\"} 12.0");
    }
  }

  private Metrics metrics() {
    return alone().addCluster(node::get);
  }

  private Metrics alone() {
    Metrics metrics =
        new Metrics(
            this::stats,
            new CallCounts(),
            new RequestBudget(1 << 20),
            new ReplyBudget(1 << 20, Duration.ofSeconds(60)),
            new HttpMetrics(10),
            "1.2.3");
    FeedConfig feeds = new FeedConfig(1, 1, Duration.ofSeconds(1), 1);
    return metrics.add(new Feeds(feeds, Clock.system()), new ConnectionCounts(1)).add(returns());
  }

  private static Returns returns() {
    Engine engine =
        (Engine)
            Proxy.newProxyInstance(
                Engine.class.getClassLoader(),
                new Class<?>[] {Engine.class},
                (_, method, _) -> {
                  throw new AssertionError(method.getName());
                });
    return new Returns(
        engine, Returns.Parts.whole(engine), Clock.system(), (_, _) -> {}, Duration.ofHours(3));
  }

  private EngineStats stats() {
    return new EngineStats(
        appended.get(),
        0,
        0,
        0,
        0,
        0,
        0,
        new EngineStats.Withdrawn(0, 0, 0),
        new EngineStats.Lite(0, 0, 0, 0, 0),
        new EngineStats.Ready(0, 0, 0),
        new EngineStats.Start(0, 0, 0),
        new EngineStats.Backpressure(0, 0, 0, 0, 0),
        EngineStats.Gates.NONE,
        groups.get(),
        new EngineStats.Costs(0, 0),
        new EngineStats.Wakes(0, 0, 0, 0),
        new EngineStats.Delays(0, 0, 0, 0, 0, 0),
        new EngineStats.Outbox(0, 0, 0),
        EngineStats.Snapshots.NONE,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0);
  }

  /** Numbers in a record and in the records in it. */
  private static int readings(Class<?> type) {
    int count = 0;
    for (RecordComponent component : type.getRecordComponents()) {
      boolean isOfEachGroup = component.getType() == List.class;
      count += component.getType().isRecord() ? readings(component.getType()) : 1;
      count -= isOfEachGroup ? 1 : 0;
    }
    return count;
  }

  private static Set<String> names(Pattern pattern, String text) {
    Set<String> names = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }
}
