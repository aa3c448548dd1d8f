package io.rivulet.server;

import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.config.SettingValues;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Owned by the main thread. The options that settings come from, for every command with them. */
final class SettingOptions {
  private static final String FILE_VARIABLE = "RIVULET_CONFIG";

  /** It listens nowhere: name and address are those of a node that joins. */
  private static final String VISITOR = "transfer=127.0.0.1:1";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder; made if it is missing. Default: ./data")
  private @Nullable String data;

  @Option(
      names = "--grpc",
      paramLabel = "HOST:PORT",
      description = "Where clients connect; port 0 takes any free one. Default: 127.0.0.1:8081")
  private @Nullable String grpc;

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      description = "Where health and metrics are served. Default: 127.0.0.1:8080")
  private @Nullable String http;

  @Option(
      names = "--cluster",
      description = "Be a node of a cluster, with a replicated log (cluster.enabled)")
  private boolean isClustered;

  @Option(
      names = "--nodes",
      paramLabel = "NAME=HOST:PORT,...",
      description =
          "The nodes that the cluster is made with, the same at every node (cluster.nodes)")
  private @Nullable String nodes;

  @Option(
      names = "--node",
      paramLabel = "NAME",
      description = "Which of them this is; NAME=HOST:PORT for one that joins (cluster.node)")
  private @Nullable String node;

  @Option(
      names = "--roles",
      paramLabel = "ROLE,...",
      description = "storage, compute or both (cluster.roles). Default: both")
  private @Nullable String roles;

  @Option(
      names = "--metadata",
      paramLabel = "zk://HOST:PORT,.../PATH",
      description = "An existing ZooKeeper and BookKeeper to use (cluster.metadata)")
  private @Nullable String metadata;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "TOML file with settings. Default: the file that RIVULET_CONFIG names, if set")
  private @Nullable Path file;

  @Option(
      names = {"-s", "--set"},
      paramLabel = "NAME=VALUE",
      description = "Any setting, such as -s engine.lease-time=30s; may be repeated")
  private Map<String, String> settings = new LinkedHashMap<>();

  /** The same for a program that is no node of the cluster that they name. */
  SettingValues valuesOfVisitor() throws ConfigException {
    isClustered = true;
    node = VISITOR;
    return values();
  }

  /** The values from all sources, the command line winning over the environment and the file. */
  SettingValues values() throws ConfigException {
    Map<String, String> given = new LinkedHashMap<>(settings);
    put(given, "data.folder", data);
    put(given, "grpc.address", grpc);
    put(given, "http.address", http);
    put(given, "cluster.enabled", isClustered ? "true" : null);
    put(given, "cluster.nodes", nodes);
    put(given, "cluster.node", node);
    put(given, "cluster.roles", roles);
    put(given, "cluster.metadata", metadata);
    Map<String, String> environment = System.getenv();
    Optional<Path> fromEnvironment =
        Optional.ofNullable(environment.get(FILE_VARIABLE)).map(Path::of);
    Optional<Path> used = Optional.ofNullable(file).or(() -> fromEnvironment);
    return ServerConfig.values(used, environment, given);
  }

  private static void put(Map<String, String> given, String name, @Nullable String value) {
    if (value != null) {
      given.put(name, value);
    }
  }
}
