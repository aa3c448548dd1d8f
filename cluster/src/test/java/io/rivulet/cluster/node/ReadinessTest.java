package io.rivulet.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ownership.NodeInfo;
import io.rivulet.cluster.ownership.OwnershipStats;
import io.rivulet.cluster.ownership.Role;
import io.rivulet.cluster.ownership.ShardMap;
import io.rivulet.cluster.status.NodeReport;
import io.rivulet.cluster.status.NodeReports;
import io.rivulet.testkit.time.SimulatedClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** When requests should go to another node. */
final class ReadinessTest {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final SimulatedClock clock = new SimulatedClock();
  private final Map<String, NodeReports> others = new TreeMap<>();
  private ShardMap map = map(false, false);
  private OwnershipStats stats = stats(true, true);
  private final Readiness readiness =
      new Readiness("a", () -> stats, () -> map, () -> others, clock, PATIENCE);

  private static ShardMap map(boolean isDrained, boolean isLeaving) {
    NodeInfo info = new NodeInfo("a", Map.of(), Set.of(Role.COMPUTE), 1);
    return new ShardMap(
        List.of(new ShardMap.Place(Optional.empty(), "a", "")),
        Map.of("a", new ShardMap.Node(info, "1", isDrained, isLeaving)));
  }

  private static OwnershipStats stats(boolean isConnected, boolean isRegistered) {
    return new OwnershipStats(
        isConnected,
        isRegistered,
        false,
        0,
        0,
        0,
        new OwnershipStats.Counted(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  private static NodeReports saying(String name, boolean isConnected) {
    return () ->
        CompletableFuture.completedFuture(
            new NodeReport(
                name,
                "",
                0,
                isConnected,
                false,
                NodeReport.Storage.NONE,
                0,
                0,
                List.of(),
                List.of()));
  }

  private void pass(Duration time) {
    for (Duration each = Duration.ZERO; each.compareTo(time) < 0; each = each.plusSeconds(1)) {
      clock.advance(Duration.ofSeconds(1));
      readiness.look();
    }
  }

  @Test
  void aNodeThatKnowsTheMapIsReady() {
    assertThat(readiness.reason()).isEmpty();
    assertThat(readiness.remark()).isEmpty();
  }

  @Test
  void oneThatDoesNotKnowItIsNotSeenIsDrainedOrLeavesIsNot() {
    map = ShardMap.EMPTY;
    assertThat(readiness.reason()).hasValueSatisfying(why -> assertThat(why).contains("not know"));
    map = map(true, false);
    assertThat(readiness.reason())
        .hasValueSatisfying(why -> assertThat(why).contains("drained").contains("undrain a"));
    map = map(false, true);
    assertThat(readiness.reason()).hasValueSatisfying(why -> assertThat(why).contains("stop"));
    map = map(false, false);
    stats = stats(true, false);
    assertThat(readiness.reason()).hasValueSatisfying(why -> assertThat(why).contains("not see"));
  }

  @Test
  void whenTheWholeQuorumIsGoneAllStayReadyAndSaySo() {
    stats = stats(false, false);
    others.put("b", saying("b", false));
    others.put("c", () -> CompletableFuture.failedFuture(new IllegalStateException("gone")));

    pass(Duration.ofSeconds(20));

    assertThat(readiness.reason()).isEmpty();
    assertThat(readiness.remark()).contains("the metadata quorum does not answer");
  }

  @Test
  void oneThatIsCutOffFromTheQuorumWhileAnotherIsNotLeavesRequestsToThatOne() {
    stats = stats(false, false);
    others.put("b", saying("b", true));
    others.put("c", saying("c", false));

    pass(Duration.ofSeconds(2));
    assertThat(readiness.reason()).as("it may be a moment's trouble").isEmpty();
    pass(Duration.ofSeconds(3));
    assertThat(readiness.reason())
        .hasValueSatisfying(why -> assertThat(why).contains("cut off").contains("b is connected"));

    stats = stats(true, true);
    pass(Duration.ofSeconds(1));
    assertThat(readiness.reason()).isEmpty();
  }
}
