package io.rivulet.server.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProtocolConfigTest {
  private static final ProtocolConfig DEFAULTS = ProtocolConfig.defaults();

  private static ProtocolConfig with(String brokerName, int batch, Duration longPoll) {
    return new ProtocolConfig(
        brokerName,
        DEFAULTS.autoCreateTopics(),
        DEFAULTS.maxMessageBytes(),
        batch,
        DEFAULTS.maxReceiveBatchSize(),
        longPoll,
        DEFAULTS.minInvisible(),
        DEFAULTS.maxInvisible(),
        DEFAULTS.maxClients(),
        DEFAULTS.clientTimeout());
  }

  @Test
  void theDefaultsAreValid() {
    assertThat(DEFAULTS.maxMessageBytes()).isEqualTo(64 << 20);
  }

  @Test
  void settingsOutOfRangeAreRefusedWithTheRange() {
    assertThatIllegalArgumentException().isThrownBy(() -> with(" ", 32, Duration.ofSeconds(20)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with("b", 0, Duration.ofSeconds(20)))
        .withMessage("receiveBatchSize is 1 to 256, not 0");
    // Python reads whole seconds only.
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with("b", 32, Duration.ofMillis(1500)))
        .withMessageContaining("whole seconds");
  }
}
