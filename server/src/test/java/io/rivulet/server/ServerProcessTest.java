package io.rivulet.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.time.Clock;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The server as an operator meets it: a process with arguments, output, signals, exit code. */
@Timeout(120)
class ServerProcessTest {
  private static final Clock CLOCK = Clock.system();

  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();

  /** What a process said and how it ended. */
  private record Ended(int exitCode, String output) {}

  @AfterEach
  void killLeftOvers() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void sigtermStopsAServerInLessThanFiveSecondsWithExitCodeZero() throws Exception {
    long startNanos = CLOCK.nanos();
    Process process = start(server(folder.resolve("data")));
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    String ready = awaitLine(output, "ready in");
    final Duration startTime = Duration.ofNanos(CLOCK.nanos() - startNanos);

    long stopNanos = CLOCK.nanos();
    process.destroy();
    int exitCode = process.waitFor();
    Duration stopTime = Duration.ofNanos(CLOCK.nanos() - stopNanos);

    System.out.printf(
        "process start to ready: %d ms, without AOT cache (%s); SIGTERM to end: %d ms%n",
        startTime.toMillis(), ready.strip(), stopTime.toMillis());
    assertThat(exitCode).isZero();
    assertThat(stopTime).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void theBannerSaysWhatListensWhereAndWhatAnAcknowledgementIsWorth() throws Exception {
    Path data = folder.resolve("data");
    Process process = start(server(data));
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);

    String banner = awaitLine(output, "ready in");

    assertThat(banner)
        .containsPattern("grpc +127\\.0\\.0\\.1:[1-9]")
        .containsPattern("http +127\\.0\\.0\\.1:[1-9]")
        .contains(data.toString())
        .contains("fsync")
        .contains("security is off")
        .doesNotContain("WARN")
        .doesNotContain("Exception");
  }

  @Test
  void aPortInUseIsOneLineAndExitCodeThree() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ended ended = run(server(folder.resolve("data"), "--grpc=127.0.0.1:" + taken.getLocalPort()));

      assertOneLine(ended, ExitCode.ADDRESS, "127.0.0.1:" + taken.getLocalPort(), "--grpc");
    }
  }

  @Test
  void anHttpPortInUseIsOneLineAndExitCodeThree() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Ended ended = run(server(folder.resolve("data"), "--http=127.0.0.1:" + taken.getLocalPort()));

      assertOneLine(ended, ExitCode.ADDRESS, "127.0.0.1:" + taken.getLocalPort(), "--http");
    }
  }

  @Test
  void aFolderInUseIsOneLineThatNamesTheProcess() throws Exception {
    Process first = start(server(folder.resolve("data")));
    awaitLine(first.inputReader(StandardCharsets.UTF_8), "ready in");

    Ended ended = run(server(folder.resolve("data")));

    assertOneLine(ended, ExitCode.DATA, "in use", "process " + first.pid());
  }

  @Test
  void aFolderThatIsAFileIsOneLine() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");

    assertOneLine(run(server(file)), ExitCode.DATA, file.toString());
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere no folder refuses its owner's writes")
  void aFolderWhereNothingCanBeMadeIsOneLine() throws Exception {
    assertOneLine(run(server(Path.of("/proc/rivulet"))), ExitCode.DATA, "/proc/rivulet");
  }

  @Test
  void aMisspeltSettingIsOneLineWithTheNearestName() throws Exception {
    Ended ended = run(server(folder.resolve("data"), "--set=engine.lease-tim=3s"));

    assertOneLine(ended, ExitCode.USAGE, "engine.lease-tim", "engine.lease-time");
  }

  private static void assertOneLine(Ended ended, ExitCode code, String... parts) {
    assertThat(ended.output().strip().lines()).hasSize(1);
    assertThat(ended.output()).startsWith("rivulet: ").contains(parts);
    assertThat(ended.exitCode()).isEqualTo(code.number());
  }

  private static List<String> server(Path data, String... others) {
    List<String> arguments = new ArrayList<>(List.of("server", "--data=" + data));
    List<String> given = List.of(others);
    for (String address : List.of("--grpc=", "--http=")) {
      if (given.stream().noneMatch(other -> other.startsWith(address))) {
        arguments.add(address + "127.0.0.1:0");
      }
    }
    arguments.addAll(given);
    return arguments;
  }

  /** Until this line, inclusive; all lines so far. */
  private static String awaitLine(BufferedReader output, String part) throws IOException {
    StringBuilder seen = new StringBuilder();
    String line = output.readLine();
    while (line != null) {
      seen.append(line).append('\n');
      if (line.contains(part)) {
        return seen.toString();
      }
      line = output.readLine();
    }
    throw new AssertionError("the process ended without saying \"" + part + "\":\n" + seen);
  }

  private Ended run(List<String> arguments) throws Exception {
    Process process = start(arguments);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), output);
  }

  private Process start(List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseCompactObjectHeaders",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.rivulet.server.Main"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("RIVULET_"));
    Process process = builder.start();
    processes.add(process);
    return process;
  }
}
