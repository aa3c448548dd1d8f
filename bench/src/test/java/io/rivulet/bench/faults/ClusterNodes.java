package io.rivulet.bench.faults;

import io.rivulet.bench.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Owned by the test's thread. Nodes of a cluster on this machine, each in a process and a network
 * of its own; one of them on a small disk, one with a wall clock of its own.
 */
final class ClusterNodes implements AutoCloseable {
  static final List<String> FOUNDERS = List.of("a", "b", "c");
  static final String WITH_OWN_CLOCK = "b";
  static final String WITH_SMALL_DISK = "c";

  /** Processes that run for minutes only and whose speed does not matter. */
  static final Map<String, String> QUICK_TO_START =
      Map.of("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1");

  /** Of a node; the networks are not shared with anybody, so ports are free. */
  static final int NODE_PORT = 7000;

  /** What {@code NODE_PORT} is followed by: three ports of the metadata. */
  static final int METADATA_PORTS = 3;

  private static final int GRPC_PORT = 8081;
  private static final int HTTP_PORT = 8080;
  static final int SMALL_DISK_MEBIBYTES = 1536;

  private final Network network;
  private final Path folder;
  private final Map<String, String> settings;
  private final boolean areInstalled;
  private final Map<String, ServerProcess> nodes = new LinkedHashMap<>();
  private final List<AutoCloseable> closing = new ArrayList<>();
  private final SmallDisk disk;
  private final WallClock clock;

  /**
   * Founding nodes that are started and take requests.
   *
   * @param names of all there may ever be
   */
  ClusterNodes(Path folder, List<String> names, Map<String, String> settings) throws IOException {
    this(folder, names, settings, SMALL_DISK_MEBIBYTES, false);
  }

  /** The same at default settings, each started by {@code ./rivulet}: for figures. */
  static ClusterNodes installed(Path folder, List<String> names) throws IOException {
    ServerProcess.prepareLauncher();
    return new ClusterNodes(folder, names, Map.of(), SMALL_DISK_MEBIBYTES, true);
  }

  /**
   * The same.
   *
   * @param smallDiskMebibytes room on the disk of node c; of that a gibibyte stays free, or the
   *     node counts as nearly full
   */
  ClusterNodes(
      Path folder, List<String> names, Map<String, String> settings, int smallDiskMebibytes)
      throws IOException {
    this(folder, names, settings, smallDiskMebibytes, false);
  }

  private ClusterNodes(
      Path folder,
      List<String> names,
      Map<String, String> settings,
      int smallDiskMebibytes,
      boolean areInstalled)
      throws IOException {
    this.folder = folder;
    this.settings = settings;
    this.areInstalled = areInstalled;
    clock = new WallClock(Files.createDirectories(folder).resolve("clock"));
    network = new Network(names);
    disk = new SmallDisk(folderOf(WITH_SMALL_DISK), smallDiskMebibytes);
    closing.add(network);
    closing.add(disk);
    try {
      FOUNDERS.forEach(name -> nodes.put(name, launch(name, name)));
      nodes.values().forEach(ServerProcess::awaitReady);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private Path folderOf(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  private String place(String name) {
    return name + "=" + network.address(name) + ":" + NODE_PORT;
  }

  private ServerProcess launch(String name, String node) {
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("RIVULET_CLUSTER_ENABLED", "true");
    environment.put(
        "RIVULET_CLUSTER_NODES",
        FOUNDERS.stream().map(this::place).collect(Collectors.joining(",")));
    environment.put("RIVULET_CLUSTER_NODE", node);
    environment.put("RIVULET_HEAP", "512m");
    if (name.equals(WITH_OWN_CLOCK)) {
      environment.putAll(clock.environment());
    }
    try {
      return ServerProcess.launch(
          folderOf(name),
          new ServerProcess.Place(
              network.address(name), GRPC_PORT, HTTP_PORT, network.inside(name), areInstalled),
          environment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One more, which is no founder. */
  ServerProcess join(String name) {
    ServerProcess node = launch(name, place(name));
    nodes.put(name, node);
    return node;
  }

  ServerProcess node(String name) {
    ServerProcess node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("there is no node " + name);
    }
    return node;
  }

  List<ServerProcess> all() {
    return List.copyOf(nodes.values());
  }

  Collection<String> names() {
    return nodes.keySet();
  }

  /** Where metadata clients connect. */
  String metadata() {
    return FOUNDERS.stream()
        .map(name -> network.address(name) + ":" + (NODE_PORT + 1))
        .collect(Collectors.joining(","));
  }

  Path data(String name) {
    return node(name).data();
  }

  Network network() {
    return network;
  }

  SmallDisk disk() {
    return disk;
  }

  WallClock clock() {
    return clock;
  }

  @Override
  public void close() {
    keepLogs();
    nodes.values().forEach(ServerProcess::close);
    for (AutoCloseable each : closing) {
      try {
        each.close();
      } catch (Exception e) {
        System.err.println("(not removed: " + e.getMessage() + ")");
      }
    }
  }

  /** What the nodes printed, in the folder that {@code rivulet.faults.logs} names. */
  private void keepLogs() {
    String where = System.getProperty("rivulet.faults.logs", "");
    if (where.isBlank()) {
      return;
    }
    try {
      Files.createDirectories(Path.of(where));
      for (Map.Entry<String, ServerProcess> node : nodes.entrySet()) {
        Files.writeString(Path.of(where, node.getKey() + ".log"), node.getValue().output());
      }
    } catch (IOException e) {
      System.err.println("(the logs are not kept: " + e.getMessage() + ")");
    }
  }
}
