package io.rivulet.server.demo.stage;

import io.rivulet.engine.time.Clock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
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
    Story story = new Story(out);
    Path folder = Files.createTempDirectory("rivulet-demo");
    ServerProcess server = ServerProcess.in(folder);
    Thread killer = Thread.ofPlatform().name("rivulet-demo-stop").unstarted(server::close);
    Runtime.getRuntime().addShutdownHook(killer);
    try (server) {
      return play.perform(story, server) ? 0 : 1;
    } catch (DemoFailure e) {
      story.bad(String.valueOf(e.getMessage()));
      return 1;
    } finally {
      boolean _ = Runtime.getRuntime().removeShutdownHook(killer);
      delete(folder);
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
