package io.rivulet.server.http.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.client.RivuletClient;
import io.rivulet.testkit.node.NodeFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The AI SDK and TanStack AI over Durable Streams, unmodified, by the recipes of docs/http.md,
 * against a server that asks for tokens and is started again whenever it was killed.
 */
@Timeout(300)
final class AiClientsTest {
  private static final Path TESTS = Path.of("src", "test", "node");
  private static final NodeFolder NODE =
      new NodeFolder(TESTS, "server", "the AI SDK and TanStack AI");

  @TempDir private static Path folder;
  private static int grpcPort;
  private static int httpPort;
  private static String token = "";
  private static @Nullable Thread keeper;
  private static volatile @Nullable Process server;
  private static volatile boolean isOver;

  @BeforeAll
  static void start() throws Exception {
    NODE.program("vitest"); // without it nothing need be started
    grpcPort = freePort();
    httpPort = freePort();
    CompletableFuture<Void> ready = new CompletableFuture<>();
    keeper = Thread.ofPlatform().name("test-keeper").start(() -> keepServing(ready));
    ready.join();
    try (RivuletClient client = RivuletClient.connect("127.0.0.1:" + grpcPort)) {
      token =
          client
              .tokens()
              .create("api", List.of("read:chat/*", "write:chat/*"), Duration.ofDays(30))
              .text();
    }
  }

  @AfterAll
  static void stop() throws Exception {
    isOver = true;
    if (server != null) {
      server.destroyForcibly();
    }
    if (keeper != null) {
      assertThat(keeper.join(Duration.ofSeconds(30))).as("the server ends").isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"aisdk.test.js, 6", "tanstack-ai.test.js, 6", "restart.test.js, 2"})
  void theClientsWorkAsTheRecipesSay(String file, int tests) throws Exception {
    Vitest.Report report =
        Vitest.run(
            NODE,
            folder,
            file,
            Map.of(
                "STREAMS_URL",
                "http://127.0.0.1:" + httpPort,
                "STREAMS_TOKEN",
                token,
                "STREAMS_PID",
                folder.resolve("pid").toString()));

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(tests);
  }

  /** What people copy is what was tested. */
  @Test
  void theRecipesOfThePageAreTheFilesThatAreTested() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "http.md"));
    try (var files = Files.list(TESTS.resolve("recipes"))) {
      List<Path> recipes =
          files.filter(file -> !isStandIn(file.getFileName().toString())).sorted().toList();
      assertThat(recipes).hasSize(5);
      for (Path recipe : recipes) {
        assertThat(page)
            .as("docs/http.md has %s as it is", recipe)
            .contains(Files.readString(recipe) + "```\n");
      }
    }
  }

  /** What an application has of its own: a model and a database. */
  private static boolean isStandIn(String file) {
    return List.of("adapter.js", "chats.js", "model.js").contains(file);
  }

  /** Starts the server, and again whenever it has gone; until the tests are over. */
  private static void keepServing(CompletableFuture<Void> ready) {
    try {
      while (!isOver) {
        Process started = startServer();
        server = started;
        try (BufferedReader output = started.inputReader(StandardCharsets.UTF_8)) {
          output
              .lines()
              .filter(line -> line.contains("ready in"))
              .forEach(line -> ready.complete(null));
        } finally {
          started.destroyForcibly();
        }
        ready.completeExceptionally(
            new IllegalStateException("the server ended before it was ready"));
      }
    } catch (IOException | RuntimeException e) {
      ready.completeExceptionally(e);
    }
  }

  private static Process startServer() throws IOException {
    Process server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseCompactObjectHeaders",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.rivulet.server.Main",
                "server",
                "--data=" + folder.resolve("data"),
                "--grpc=127.0.0.1:" + grpcPort,
                "--http=127.0.0.1:" + httpPort,
                "--set=http.security=tokens",
                // Readers have to come again in the middle of answers, too.
                "--set=http.sse-time=1s")
            .redirectErrorStream(true)
            .start();
    Path written = Files.writeString(folder.resolve("pid.new"), Long.toString(server.pid()));
    Files.move(written, folder.resolve("pid"), StandardCopyOption.ATOMIC_MOVE);
    return server;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
