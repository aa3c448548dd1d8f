package io.rivulet.server.demo.stage;

import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Owned by the main thread. Where a demo takes place: a server as a process of its own, with data
 * in a temporary folder; both are gone when the demo is over, however it ends.
 */
public final class Stage {
  /** A demo. */
  public interface Play {
    /** Answers whether all went as it should. */
    boolean perform(Story story, ServerProcess server)
        throws IOException, InterruptedException, DemoFailure;
  }

  private Stage() {}

  /** Performs it; answers the exit code. */
  public static int perform(PrintWriter out, Play play) throws IOException, InterruptedException {
    return perform(out, List.of(), play);
  }

  /**
   * The same with a server that has settings of its own.
   *
   * @param settings each {@code NAME=VALUE}
   */
  public static int perform(PrintWriter out, List<String> settings, Play play)
      throws IOException, InterruptedException {
    Story story = new Story(out);
    Path folder = Files.createTempDirectory("rivulet-demo");
    ServerProcess server = ServerProcess.in(folder, settings);
    Thread killer =
        Thread.ofPlatform().name("rivulet-demo-stop").unstarted(() -> cleanUp(server, folder));
    Runtime.getRuntime().addShutdownHook(killer);
    try (server) {
      return play.perform(story, server) ? 0 : 1;
    } catch (DemoFailure e) {
      story.bad(String.valueOf(e.getMessage()));
      return 1;
    } finally {
      if (removeHook(killer)) {
        delete(folder);
      }
    }
  }

  /** False once the JVM is on its way out: then the hook cleans up. */
  private static boolean removeHook(Thread killer) {
    try {
      return Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException isOver) {
      return false;
    }
  }

  /** A demo that goes on until Ctrl-C ends here. */
  private static void cleanUp(ServerProcess server, Path folder) {
    server.close();
    try {
      delete(folder);
    } catch (IOException e) {
      // Nobody is left to hear of it; the system empties its temporary folder.
    }
  }

  /** Starts the server, and says so. */
  public static void start(Story story, ServerProcess server, Clock clock)
      throws IOException, DemoFailure {
    long startNanos = clock.nanos();
    server.start();
    story.event(
        "a server was started: process %d, %s, ready after %.1f s"
            .formatted(server.pid(), server.endpoint(), (clock.nanos() - startNanos) / 1e9));
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
