package io.rivulet.storage.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LogConfigTest {
  private final LogConfig defaults = LogConfig.defaults(Path.of("log"));

  @Test
  void theDefaultsAreValidAndSyncBeforeAnAcknowledgement() {
    assertThat(defaults.durability()).isEqualTo(Durability.FSYNC);
    assertThat(defaults.segmentBytes()).isEqualTo(64 << 20);
    assertThat(defaults.syncInterval()).isEqualTo(Duration.ofMillis(200));
  }

  @Test
  void aValueOutOfRangeIsRefusedWithItsNameAndRange() {
    assertThatThrownBy(() -> defaults.withSegmentBytes(100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("log.segment-bytes is 100; it must be between 4096 and 1073741824");
    assertThatThrownBy(() -> defaults.withHotTailBytes(1))
        .hasMessageContaining("log.hot-tail-bytes");
    assertThatThrownBy(() -> defaults.withRoom(-1, 0)).hasMessageContaining("log.reserve-bytes");
    assertThatThrownBy(() -> defaults.withRoom(0, -1)).hasMessageContaining("log.min-free-bytes");
    assertThatThrownBy(() -> defaults.withSyncInterval(Duration.ZERO))
        .hasMessageContaining("log.sync-interval");
  }

  @Test
  void aSegmentIsAMultipleOfABlock() {
    assertThatThrownBy(() -> defaults.withSegmentBytes(5_000)).hasMessageContaining("4096");
  }

  @Test
  void aBatchFitsASegmentAndHalfTheHotTail() {
    assertThat(defaults.maxBatchBytes()).isBetween(15 << 20, 16 << 20);
    assertThat(defaults.withSegmentBytes(64 << 10).maxBatchBytes())
        .isEqualTo((64 << 10) - SegmentHeader.BYTES - Frame.HEADER_BYTES);
    assertThat(defaults.withHotTailBytes(64 << 10).maxBatchBytes()).isLessThan(32 << 10);
  }
}
