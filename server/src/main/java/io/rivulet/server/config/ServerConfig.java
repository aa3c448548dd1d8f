package io.rivulet.server.config;

import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.engine.EngineConfig;
import io.rivulet.server.grpc.GrpcConfig;
import io.rivulet.server.http.HttpConfig;
import io.rivulet.server.logging.LoggingConfig;
import io.rivulet.server.rocketmq.ProtocolConfig;
import io.rivulet.server.security.TlsConfig;
import io.rivulet.storage.index.IndexConfig;
import io.rivulet.storage.log.LogConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Immutable. Everything that a server is told, one record per room. */
public record ServerConfig(
    DataConfig data,
    GrpcConfig grpc,
    HttpConfig http,
    TlsConfig tls,
    LoggingConfig logging,
    LogConfig log,
    IndexConfig index,
    EngineConfig engine,
    ProtocolConfig rocketMq,
    Optional<ClusterConfig> cluster) {

  /** Every setting that there is, in the order in which they are shown. */
  public static final List<Setting<?>> CATALOG =
      Stream.of(
              DataConfig.SETTINGS,
              GrpcSettings.SETTINGS,
              HttpSettings.SETTINGS,
              TlsSettings.SETTINGS,
              LoggingSettings.SETTINGS,
              LogSettings.SETTINGS,
              IndexSettings.SETTINGS,
              EngineSettings.SETTINGS,
              QuotaSettings.SETTINGS,
              RocketMqSettings.SETTINGS,
              ClusterSettings.SETTINGS,
              ClusterShardSettings.SETTINGS,
              ClusterLogSettings.SETTINGS)
          .<Setting<?>>flatMap(List::stream)
          .toList();

  /** Settings of earlier versions, with what to do instead; there is none so far. */
  private static final Map<String, String> REMOVED = Map.of();

  /** Builds the records out of the values. */
  public static ServerConfig from(SettingValues values) throws ConfigException {
    DataConfig data = DataConfig.from(values);
    EngineConfig engine = EngineSettings.from(values);
    Optional<ClusterConfig> cluster = ClusterSettings.from(values);
    return new ServerConfig(
        data,
        GrpcSettings.from(values),
        HttpSettings.from(values),
        TlsSettings.from(values),
        LoggingSettings.from(values),
        LogSettings.from(values, data.folder().resolve("log")),
        IndexSettings.from(values, data.folder().resolve("index")),
        engine,
        RocketMqSettings.from(values, engine, cluster),
        cluster);
  }

  /** The values from all sources; see {@link SettingsReader#read}. */
  public static SettingValues values(
      Optional<Path> file, Map<String, String> environment, Map<String, String> commandLine)
      throws ConfigException {
    return new SettingsReader(CATALOG, REMOVED).read(file, environment, commandLine);
  }

  /** What another node of the cluster is called in routes. */
  public String brokerNameOf(String node) {
    return RocketMqSettings.brokerNameOf(node);
  }

  /**
   * For programs that start a server inside themselves: data in this folder, any free ports, and
   * otherwise the defaults.
   *
   * @param others values by name, such as {@code engine.lease-time} to {@code 10s}
   */
  public static ServerConfig embedded(Path folder, Map<String, String> others)
      throws ConfigException {
    Map<String, String> given = new HashMap<>();
    given.put(GrpcSettings.ADDRESS.name(), "127.0.0.1:0");
    given.put(HttpSettings.ADDRESS.name(), "127.0.0.1:0");
    given.putAll(others);
    given.put(DataConfig.FOLDER.name(), folder.toString());
    return from(values(Optional.empty(), Map.of(), given));
  }
}
