package io.rivulet.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.server.config.SettingValues.Source;
import io.rivulet.server.config.SettingValues.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsReaderTest {
  private static final Setting<Integer> SIZE =
      new Setting<>("room.queue-size", new ValueType.Count(1, 10, "chairs"), 4, "How many sit.");
  private static final Setting<Duration> WAIT =
      new Setting<>(
          "room.wait",
          new ValueType.Span(Duration.ofSeconds(1), Duration.ofHours(1)),
          Duration.ofSeconds(5),
          "How long they sit.");

  @TempDir private Path folder;

  private final SettingsReader reader =
      new SettingsReader(List.of(SIZE, WAIT), Map.of("room.seats", "set room.queue-size instead"));

  @Test
  void withoutAnySourceEverySettingHasItsDefault() throws ConfigException {
    SettingValues values = reader.read(Optional.empty(), Map.of(), Map.of());

    assertThat(values.get(SIZE)).isEqualTo(4);
    assertThat(values.all()).extracting(Value::source).containsOnly(Source.DEFAULT);
  }

  @Test
  void theCommandLineWinsOverTheEnvironmentOverTheFile() throws Exception {
    Path file = file("[room]\nqueue-size = 1\nwait = \"1m\"");
    Map<String, String> environment =
        Map.of("RIVULET_ROOM_QUEUE_SIZE", "2", "RIVULET_ROOM_WAIT", "2m");

    SettingValues all = reader.read(Optional.of(file), environment, Map.of("room.wait", "3m"));
    SettingValues fileOnly = reader.read(Optional.of(file), Map.of(), Map.of());

    assertThat(fileOnly.get(SIZE)).isEqualTo(1);
    assertThat(all.get(SIZE)).isEqualTo(2);
    assertThat(all.get(WAIT)).isEqualTo(Duration.ofMinutes(3));
    assertThat(all.all())
        .extracting(Value::source)
        .containsExactly(Source.ENVIRONMENT, Source.COMMAND_LINE);
  }

  @Test
  void dottedNamesAndTablesOfAFileAreTheSame() throws Exception {
    Path file = file("room.queue-size = 7");

    assertThat(reader.read(Optional.of(file), Map.of(), Map.of()).get(SIZE)).isEqualTo(7);
  }

  @Test
  void anUnknownNameIsRefusedWithTheNearestKnownOne() throws Exception {
    Path file = file("[room]\nqueue-sise = 7");

    assertThatThrownBy(() -> reader.read(Optional.of(file), Map.of(), Map.of()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("room.queue-sise")
        .hasMessageContaining(file.toString())
        .hasMessageContaining("did you mean room.queue-size?");
  }

  @Test
  void anUnknownVariableOfARoomIsRefused() {
    Map<String, String> environment = Map.of("RIVULET_ROOM_DOORS", "2");

    assertThatThrownBy(() -> reader.read(Optional.empty(), environment, Map.of()))
        .hasMessageContaining("RIVULET_ROOM_DOORS");
  }

  @Test
  void whatKubernetesSetsForAServiceOfOurNameIsPassedOver() throws ConfigException {
    Map<String, String> environment =
        Map.of(
            "RIVULET_SERVICE_HOST", "10.0.0.1",
            "RIVULET_PORT_8081_TCP_ADDR", "10.0.0.1",
            "RIVULET_ROOM_SERVICE_PORT", "8081",
            "RIVULET_HEAP", "1g");

    assertThat(reader.read(Optional.empty(), environment, Map.of()).get(SIZE)).isEqualTo(4);
  }

  @Test
  void aRemovedNameIsRefusedWithWhatToDoInstead() {
    Map<String, String> given = Map.of("room.seats", "2");

    assertThatThrownBy(() -> reader.read(Optional.empty(), Map.of(), given))
        .hasMessageContaining("room.seats")
        .hasMessageContaining("set room.queue-size instead");
  }

  @Test
  void aBadValueIsNamedWithItsSettingItsRangeAndItsSource() {
    Map<String, String> environment = Map.of("RIVULET_ROOM_QUEUE_SIZE", "11");

    assertThatThrownBy(() -> reader.read(Optional.empty(), environment, Map.of()))
        .hasMessageContaining("room.queue-size")
        .hasMessageContaining("\"11\"")
        .hasMessageContaining("1 to 10")
        .hasMessageContaining("RIVULET_ROOM_QUEUE_SIZE");
  }

  @Test
  void aFileThatIsNotTomlIsRefusedWithTheLine() throws Exception {
    Path file = file("[room]\nqueue-size 7");

    assertThatThrownBy(() -> reader.read(Optional.of(file), Map.of(), Map.of()))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("line 2");
  }

  @Test
  void aMissingFileIsRefused() {
    Path file = folder.resolve("nowhere.toml");

    assertThatThrownBy(() -> reader.read(Optional.of(file), Map.of(), Map.of()))
        .hasMessageContaining("nowhere.toml");
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("rivulet.toml"), text);
  }
}
