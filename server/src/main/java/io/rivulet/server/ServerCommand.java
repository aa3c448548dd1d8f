package io.rivulet.server;

import io.rivulet.server.config.ConfigException;
import io.rivulet.server.config.ServerConfig;
import io.rivulet.server.logging.LogbackDefaults;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
  private static final Duration START_PATIENCE = Duration.ofSeconds(3);

  @Mixin private final SettingOptions options = new SettingOptions();

  @Override
  public Integer call() throws ConfigException, StartException {
    ServerConfig config = ServerConfig.from(options.values());
    LogbackDefaults.startServerLog(config.logging());
    // Before the start: whoever reads "ready" may send SIGTERM before we get another word in.
    CompletableFuture<RivuletServer> started = new CompletableFuture<>();
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().name("rivulet-stop").unstarted(() -> stop(started)));
    try {
      RivuletServer server = RivuletServer.start(config);
      started.complete(server);
      ExitCode code = server.failure().join();
      server.close();
      return code.number();
    } finally {
      started.cancel(false); // no effect once it has started
      LogbackDefaults.stop();
    }
  }

  /**
   * A stop that was asked for is a success; the JVM alone would report the signal's number. One
   * that falls into the start waits for its end, but not for a long recovery: the process may die
   * at any moment without harm.
   */
  private static void stop(CompletableFuture<RivuletServer> started) {
    RivuletServer server;
    try {
      server = started.get(START_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException
        | ExecutionException
        | TimeoutException
        | CancellationException e) {
      return;
    }
    boolean hasFailed = server.failure().isDone();
    server.close();
    LogbackDefaults.stop();
    if (!hasFailed) {
      Runtime.getRuntime().halt(ExitCode.OK.number());
    }
  }
}
