package io.rivulet.bench.crash;

import io.rivulet.bench.ServerProcess;
import io.rivulet.testkit.machine.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Owned by the test's thread. Three nodes of a cluster on this machine, in processes of their own.
 */
final class ThreeNodeCluster implements AutoCloseable {
  private static final List<String> NAMES = List.of("a", "b", "c");

  /** A node takes five ports in a row. */
  private static final int PORTS = 5;

  private final List<ServerProcess> nodes = new ArrayList<>();
  private final List<String> places = new ArrayList<>();

  ThreeNodeCluster(Path folder) throws IOException {
    this(folder, Map.of("RIVULET_CLUSTER_SHARDS", "12"));
  }

  /** Three nodes with these settings. */
  ThreeNodeCluster(Path folder, Map<String, String> settings) throws IOException {
    for (String name : NAMES) {
      places.add(name + "=127.0.0.1:" + FreePorts.inARow(PORTS));
    }
    for (String name : NAMES) {
      Path own = Files.createDirectories(folder.resolve(name));
      nodes.add(launch(own, name, settings));
    }
    nodes.forEach(ServerProcess::awaitReady);
  }

  private ServerProcess launch(Path folder, String node, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("RIVULET_CLUSTER_ENABLED", "true");
    all.put("RIVULET_CLUSTER_NODES", places());
    all.put("RIVULET_CLUSTER_NODE", node);
    all.put("RIVULET_HEAP", "512m");
    return ServerProcess.launch(folder, all);
  }

  /** A fourth node that joins, once it is ready. */
  ServerProcess join(Path folder, Map<String, String> settings) throws IOException {
    String place = "d=127.0.0.1:" + FreePorts.inARow(PORTS);
    ServerProcess joined = launch(Files.createDirectories(folder), place, settings);
    nodes.add(joined);
    joined.awaitReady();
    return joined;
  }

  /** The founding nodes, as settings name them. */
  String places() {
    return String.join(",", places);
  }

  ServerProcess node(int index) {
    return nodes.get(index);
  }

  /** All but one. */
  List<ServerProcess> others(int index) {
    List<ServerProcess> others = new ArrayList<>(nodes);
    others.remove(index);
    return others;
  }

  int size() {
    return nodes.size();
  }

  @Override
  public void close() {
    nodes.forEach(ServerProcess::close);
  }
}
