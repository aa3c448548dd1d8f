package io.rivulet.server;

import io.rivulet.cluster.node.ClusterConfig;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.shard.OfflineShard;
import io.rivulet.engine.shard.ShardNumber;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.logging.LogbackDefaults;
import io.rivulet.storage.index.RocksIndex;
import io.rivulet.storage.log.FileLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Owned by the main thread. What `import` and `export` share: the two ends of the way. */
final class TransferGround {
  /** The single process's folder, opened. */
  record Single(FileLog log, RocksIndex index, OfflineShard shard) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      index.close();
      log.close();
    }
  }

  private final ServerConfig config;

  TransferGround(ServerConfig config) {
    this.config = config;
  }

  /** Settings of a program that is no node. */
  static ServerConfig configOf(SettingOptions options) throws ConfigException {
    LogbackDefaults.quietenStorage();
    return ServerConfig.from(options.valuesOfVisitor());
  }

  ClusterConfig cluster() {
    return config
        .cluster()
        .orElseThrow(() -> new IllegalStateException("no cluster is configured"));
  }

  Path data() {
    return config.data().folder();
  }

  ServerConfig config() {
    return config;
  }

  /** Where indexes of shards are meanwhile. */
  TransferFolder work(@Nullable Path wanted) {
    return new TransferFolder(Optional.ofNullable(wanted).orElse(data().resolve("transfer")));
  }

  /** Whether a single process has left data there. */
  boolean hasLog() {
    return Files.isDirectory(data().resolve("log"));
  }

  boolean isOfNode() {
    return Files.exists(data().resolve("zookeeper")) || Files.exists(data().resolve("bookie"));
  }

  /**
   * Opens log and index of the single process.
   *
   * @param logClock what the log takes for the time of day
   * @param firstPosition where a new log begins
   */
  Single open(Clock logClock, long firstPosition, boolean isNew) throws IOException {
    FileLog log = FileLog.open(config.log(), logClock, firstPosition);
    try {
      RocksIndex index = RocksIndex.open(config.index(), log.end());
      try {
        return new Single(
            log,
            index,
            OfflineShard.open(
                "the data folder " + data(),
                config.engine(),
                log,
                index,
                Clock.system(),
                ShardNumber.ONLY,
                isNew));
      } catch (IOException | RuntimeException e) {
        index.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /** What tells a log from others, and from itself after it has grown. */
  static String identityOf(CommitLog log) {
    return "a log from %d to %d, of %d ms"
        .formatted(log.head(), log.end(), log.segments().getLast().lastAppendMillis());
  }
}
