package io.rivulet.server.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.server.config.ServerConfig;
import io.rivulet.testkit.machine.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SystemdUnitTest {
  private static final Path FOLDER = Path.of("../deploy/systemd");

  @TempDir private Path folder;

  /** What systemd says of the unit; its program and account need not be on this machine. */
  private String verify(String unit) throws Exception {
    Path analyze =
        new Requirement("the systemd unit")
            .program("systemd-analyze", "install Debian's systemd package");
    Path file = folder.resolve("rivulet.service");
    Files.writeString(
        file,
        unit.replaceAll("(?m)^ExecStart=\\S+", "ExecStart=/bin/true")
            .replaceAll("(?m)^(User|Group)=.*$", "$1=root"));
    Process process =
        new ProcessBuilder(analyze.toString(), "verify", "--man=no", file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    // Of other units of this machine, too.
    return said.lines()
        .filter(line -> line.contains("rivulet.service"))
        .reduce("", (all, line) -> all + line + "\n");
  }

  private static String unit() throws IOException {
    return Files.readString(FOLDER.resolve("rivulet.service"));
  }

  @Test
  void systemdTakesAllOfIt() throws Exception {
    assertThat(verify(unit())).isEmpty();
  }

  @Test
  void whatSystemdDoesNotTakeIsFound() throws Exception {
    assertThat(verify(unit().replace("RestartSec=2s", "RestartSec=soon"))).contains("soon");
  }

  @Test
  void theSampleOfSettingsIsThatOfANode() throws Exception {
    var config =
        ServerConfig.from(
            ServerConfig.values(Optional.of(FOLDER.resolve("rivulet.toml")), Map.of(), Map.of()));
    assertThat(config.cluster().orElseThrow().isFounder()).isTrue();
  }

  @Test
  void theJvmIsToldTheSameAsByTheLauncher() throws IOException {
    assertThat(unit()).contains("@/opt/rivulet/jvm.options");
    assertThat(Files.readString(Path.of("../rivulet"))).contains("@$root/deploy/jvm.options");
    assertThat(Files.readString(Path.of("../deploy/Dockerfile")))
        .contains("COPY deploy/jvm.options /opt/rivulet/jvm.options");
  }

  @Test
  void whatIsLearntByPracticeIsUsed() throws Exception {
    String practice = Class.forName("io.rivulet.server.StartPractice").getName();
    assertThat(Files.readString(Path.of("../rivulet"))).contains(practice);
    assertThat(Files.readString(Path.of("../deploy/Dockerfile")))
        .contains(practice, "-XX:AOTCacheOutput=/opt/rivulet/start.aot")
        .contains("\"-XX:AOTCache=/opt/rivulet/start.aot\"");
    assertThat(Files.readString(Path.of("../docs/cluster.md")))
        .contains(practice, "-XX:AOTCache=/opt/rivulet/start.aot");
  }
}
