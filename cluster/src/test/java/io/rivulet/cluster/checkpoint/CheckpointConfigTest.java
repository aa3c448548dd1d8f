package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CheckpointConfigTest {
  private static CheckpointConfig with(int entryBytes, int inFlight, long rate, long maxBytes) {
    return new CheckpointConfig(
        entryBytes,
        inFlight,
        rate,
        maxBytes,
        1 << 20,
        Duration.ofMinutes(1),
        Duration.ofSeconds(1));
  }

  @Test
  void defaultsAreWithinBounds() {
    CheckpointConfig defaults = CheckpointConfig.defaults();

    assertThat(defaults.entryBytes()).isEqualTo(1 << 20);
    assertThat(defaults.entriesInFlight()).isEqualTo(4);
  }

  @Test
  void whatIsOutOfBoundsIsRefusedWithTheBounds() {
    assertThatThrownBy(() -> with(2 << 20, 4, 1 << 20, 1 << 20))
        .hasMessageContaining("entry-bytes")
        .hasMessageContaining("1048576");
    assertThatThrownBy(() -> with(1 << 20, 0, 1 << 20, 1 << 20))
        .hasMessageContaining("entries-in-flight");
    assertThatThrownBy(() -> with(1 << 20, 4, 1, 1 << 20)).hasMessageContaining("bytes-per-second");
    assertThatThrownBy(() -> with(1 << 20, 4, 1 << 20, 1)).hasMessageContaining("max-shard-bytes");
  }
}
