package io.rivulet.bench.crash;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
      places.add(name + "=127.0.0.1:" + freePorts(places.size()));
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
    String place = "d=127.0.0.1:" + freePorts(NAMES.size());
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

  /** The first of some ports that are free just now, far from those that the system gives out. */
  private static int freePorts(int number) {
    int first = 13_000 + (int) (ProcessHandle.current().pid() % 900) * 20 + number * PORTS;
    while (!areFree(first)) {
      first += NAMES.size() * PORTS;
    }
    return first;
  }

  private static boolean areFree(int first) {
    for (int port = first; port < first + PORTS; port++) {
      try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        // It is free.
      } catch (IOException taken) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    nodes.forEach(ServerProcess::close);
  }
}
