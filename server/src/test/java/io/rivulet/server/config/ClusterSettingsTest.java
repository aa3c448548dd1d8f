package io.rivulet.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.member.NodeAddress;
import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.cluster.node.ClusterTuning;
import io.rivulet.cluster.ownership.Role;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ClusterSettingsTest {
  private static final String NODES = "cluster.nodes";
  private static final String NODE = "cluster.node";

  private static Optional<ClusterConfig> read(Map<String, String> others) throws ConfigException {
    Map<String, String> given = new HashMap<>(others);
    given.putIfAbsent("cluster.enabled", "true");
    return ServerConfig.from(ServerConfig.values(Optional.empty(), Map.of(), given)).cluster();
  }

  @Test
  void aServerIsOneOfItsOwnUnlessToldOtherwise() throws ConfigException {
    assertThat(read(Map.of("cluster.enabled", "false"))).isEmpty();
  }

  @Test
  void aNodeIsNamedByItsHostUnlessToldOtherwise() throws ConfigException {
    ClusterConfig config =
        read(Map.of(NODES, "10.0.0.2:7000,b=10.0.0.1:7000", NODE, "10.0.0.2")).orElseThrow();
    assertThat(config.self()).isEqualTo(new NodeAddress("10.0.0.2", "10.0.0.2", 7000));
    assertThat(config.isFounder()).isTrue();
    assertThat(config.roles()).containsExactlyInAnyOrder(Role.values());
    assertThat(config.founders()).extracting(NodeAddress::name).containsExactly("10.0.0.2", "b");
  }

  @Test
  void aNodeThatJoinsIsNoFounder() throws ConfigException {
    ClusterConfig config =
        read(Map.of(NODES, "a=h:7000", NODE, "d=i:7000", "cluster.roles", "compute")).orElseThrow();
    assertThat(config.isFounder()).isFalse();
    assertThat(config.self()).isEqualTo(new NodeAddress("d", "i", 7000));
    assertThat(config.roles()).containsExactly(Role.COMPUTE);
  }

  @Test
  void theDefaultsOfAllSettingsAreThoseOfTheCode() throws ConfigException {
    assertThat(read(Map.of(NODES, "a=h:7000", NODE, "a")).orElseThrow().tuning())
        .isEqualTo(ClusterTuning.defaults());
  }

  @Test
  void whatIsSetReachesTheNode() throws ConfigException {
    ClusterTuning tuning =
        read(Map.of(
                NODES,
                "a=h:7000",
                NODE,
                "a",
                "cluster.log-roll-bytes",
                "64MiB",
                "cluster.checkpoint-max-shard-bytes",
                "1GiB",
                "cluster.storage-min-free-bytes",
                "2GiB",
                "cluster.moves-at-once",
                "2",
                "cluster.leave-delay",
                "5s"))
            .orElseThrow()
            .tuning();
    assertThat(tuning.log().rollBytes()).isEqualTo(64 << 20);
    assertThat(tuning.checkpoints().maxShardBytes()).isEqualTo(1 << 30);
    assertThat(tuning.storage().minFreeBytes()).isEqualTo(2L << 30);
    assertThat(tuning.balancing().movesAtOnce()).isEqualTo(2);
    assertThat(tuning.rhythm().leaveDelay()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void whatIsOutOfBoundsIsRefusedWithTheBounds() {
    Map<String, String> node = Map.of(NODES, "a=h:7000", NODE, "a");
    for (Map.Entry<String, String> wrong :
        Map.of(
                "cluster.log-max-unwritten-bytes", "1MiB",
                "cluster.log-hold-limit", "1h",
                "cluster.checkpoint-entries-in-flight", "65",
                "cluster.storage-answer-time", "1500ms",
                "cluster.take-overs-at-once", "0",
                "cluster.leave-delay", "2m")
            .entrySet()) {
      Map<String, String> given = new HashMap<>(node);
      given.put(wrong.getKey(), wrong.getValue());
      assertThatThrownBy(() -> read(given))
          .hasMessageContaining(wrong.getKey())
          .hasMessageContaining(wrong.getValue());
    }
  }

  @Test
  void mistakesAreNamed() {
    assertThatThrownBy(() -> read(Map.of(NODES, "a=h:7000"))).hasMessageContaining("--node");
    assertThatThrownBy(() -> read(Map.of(NODE, "a"))).hasMessageContaining("--nodes");
    assertThatThrownBy(() -> read(Map.of(NODES, "a=h:7000", NODE, "x")))
        .hasMessageContaining("'x'")
        .hasMessageContaining("name=host:port");
    assertThatThrownBy(() -> read(Map.of(NODES, "a=h", NODE, "a"))).hasMessageContaining("port");
    assertThatThrownBy(() -> read(Map.of(NODES, "h:1,h:9", NODE, "h")))
        .hasMessageContaining("two nodes of one name");
    assertThatThrownBy(
            () -> read(Map.of(NODES, "a=h:7000", NODE, "a", "cluster.roles", "compute,cook")))
        .hasMessageContaining("'cook'");
    assertThatThrownBy(() -> read(Map.of("cluster.enabled", "false", NODE, "a")))
        .hasMessageContaining("--cluster");
  }
}
