package io.rivulet.server.rivulet;

import io.rivulet.client.RivuletClient;
import io.rivulet.server.RivuletServer;
import io.rivulet.server.config.ServerConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tests with a server of their own and a client of it; both start anew for each test. */
@Timeout(120)
abstract class StartedServer {
  @TempDir Path folder;
  RivuletServer server;
  RivuletClient client;

  /** What differs from the defaults from the next start on. */
  Map<String, String> settings = Map.of();

  @BeforeEach
  void start() throws Exception {
    server = RivuletServer.start(ServerConfig.embedded(folder, settings));
    client = RivuletClient.connect("127.0.0.1:" + server.grpcPort());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }
}
