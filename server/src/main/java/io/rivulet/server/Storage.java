package io.rivulet.server;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.storage.index.RocksIndex;
import io.rivulet.storage.log.FileLog;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** Immutable. Opens the log, the index and the engine on them. */
final class Storage {
  private Storage() {}

  /**
   * Opens all three; the engine closes the others.
   *
   * @throws StartException if one can't be opened; none is left open then
   */
  static Engine openEngine(ServerConfig config, Clock clock, EngineListener listener)
      throws StartException {
    try {
      FileLog log = FileLog.open(config.log(), clock);
      try {
        RocksIndex index = RocksIndex.open(config.index(), log.end());
        try {
          return Engine.open(config.engine(), log, index, clock, listener);
        } catch (IOException | RuntimeException e) {
          index.close();
          throw e;
        }
      } catch (IOException | RuntimeException e) {
        log.close();
        throw e;
      }
    } catch (CorruptLogException e) {
      throw new StartException(
          ExitCode.DATA,
          "the log is damaged: %s; nothing was changed; restore the data folder from a copy, or see"
                  .formatted(e.getMessage())
              + " docs/operations/README.md");
    } catch (FileSystemException e) {
      throw new StartException(
          ExitCode.DATA, "the data folder " + config.data().folder() + " " + DataFolder.explain(e));
    } catch (IOException e) {
      throw new StartException(
          ExitCode.DATA,
          "the data folder %s can't be used: %s".formatted(config.data().folder(), e.getMessage()));
    }
  }

  /** Loads RocksDB's native library, beside other steps of a start. */
  static boolean preload(ServerConfig config) {
    RocksIndex.preload(config.index());
    return true;
  }

  static String durabilityInWords(ServerConfig config) {
    return switch (config.log().durability()) {
      case FSYNC -> "fsync: what is acknowledged is on disk";
      case INTERVAL -> "interval: what is acknowledged survives SIGKILL, not power loss";
    };
  }
}
