package io.rivulet.server;

import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.logging.LogbackDefaults;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Owned by the main thread. Runs a server in the foreground until a signal or a failure. */
@Command(
    name = "server",
    mixinStandardHelpOptions = true,
    description = {
      "Start a server in the foreground, engine and storage included.",
      "",
      "SIGTERM and Ctrl-C answer waiting polls and stop it in less than five seconds."
    },
    footer = {
      "",
      "Every setting can also stand in the file and in the environment:",
      "  engine.lease-time = \"30s\"      in FILE (TOML)",
      "  RIVULET_ENGINE_LEASE_TIME=30s  in the environment",
      "`rivulet config` lists all of them."
    })
public final class ServerCommand implements Callable<Integer> {
  @Mixin private final SettingOptions options = new SettingOptions();

  @Override
  public Integer call() throws ConfigException, StartException {
    ServerConfig config = ServerConfig.from(options.values());
    LogbackDefaults.startServerLog(config.logging());
    RivuletServer server = startOrFlush(config);
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("rivulet-stop").unstarted(() -> stop(server)));
    ExitCode code = server.failure().join();
    server.close();
    return code.number();
  }

  private static RivuletServer startOrFlush(ServerConfig config) throws StartException {
    try {
      return RivuletServer.start(config);
    } catch (StartException e) {
      LogbackDefaults.stop();
      throw e;
    }
  }

  /** A stop that was asked for is a success; the JVM alone would report the signal's number. */
  private static void stop(RivuletServer server) {
    boolean hasFailed = server.failure().isDone();
    server.close();
    LogbackDefaults.stop();
    if (!hasFailed) {
      Runtime.getRuntime().halt(ExitCode.OK.number());
    }
  }
}
