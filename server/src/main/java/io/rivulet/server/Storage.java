package io.rivulet.server;

import io.rivulet.engine.Engine;
import io.rivulet.engine.EngineListener;
import io.rivulet.engine.time.Clock;
import io.rivulet.server.config.ServerConfig;

/** Immutable. Opens the log, the index and the engine on them. */
@SuppressWarnings("DoNotCallSuggester") // the storage rooms are being furnished
final class Storage {
  private Storage() {}

  static Engine openEngine(
      ServerConfig config, DataFolder folder, Clock clock, EngineListener listener)
      throws StartException {
    throw new IllegalStateException("being built");
  }

  static String durabilityInWords(ServerConfig config) {
    return "being built";
  }
}
