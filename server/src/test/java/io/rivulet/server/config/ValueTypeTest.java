package io.rivulet.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.server.network.HostPort;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTypeTest {
  @ParameterizedTest
  @CsvSource({"0, 0", "65536, 65536", "64KiB, 65536", "64 mib, 67108864", "1_024, 1024"})
  void aSizeIsReadWithAndWithoutItsUnit(String text, long bytes) {
    assertThat(new ValueType.ByteSize(0, Long.MAX_VALUE).parse(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"250ms, 250", "30s, 30000", "5 m, 300000", "12h, 43200000", "7d, 604800000"})
  void aLengthOfTimeIsReadWithItsUnit(String text, long millis) {
    ValueType.Span type = new ValueType.Span(Duration.ZERO, Duration.ofDays(3650));

    assertThat(type.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void aLengthOfTimeWithoutAUnitIsRefused() {
    ValueType.Span type = new ValueType.Span(Duration.ZERO, Duration.ofDays(1));

    assertThatThrownBy(() -> type.parse("30")).hasMessageContaining("unit");
  }

  @Test
  void aSizeThatOverflowsIsRefused() {
    ValueType.ByteSize type = new ValueType.ByteSize(0, Long.MAX_VALUE);

    assertThatThrownBy(() -> type.parse("99999999TiB"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyDefaultIsReadBackAsItIsPrinted() {
    assertThat(ServerConfig.CATALOG).allSatisfy(ValueTypeTest::assertReadBack);
  }

  private static <T> void assertReadBack(Setting<T> setting) {
    String printed = setting.type().print(setting.standard());

    assertThat(setting.type().parse(printed)).isEqualTo(setting.standard());
  }

  @Test
  void noneIsNoValue() {
    var type = new ValueType.Perhaps<>(new ValueType.Span(Duration.ZERO, Duration.ofDays(1)));

    assertThat(type.parse("none")).isEmpty();
    assertThat(type.parse("3s")).isEqualTo(Optional.of(Duration.ofSeconds(3)));
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:8081, 127.0.0.1, 8081", "[::1]:0, ::1, 0", ":9, 0.0.0.0, 9"})
  void anAddressIsAHostAndAPort(String text, String host, int port) {
    assertThat(HostPort.parse(text)).isEqualTo(new HostPort(host, port));
  }

  @ParameterizedTest
  @CsvSource({"localhost", "::1:80", "localhost:http", "localhost:65536"})
  void aHalfAddressIsRefused(String text) {
    assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
