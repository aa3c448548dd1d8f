package io.rivulet.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class StartTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "first",
        "last",
        "0",
        "17",
        "-1",
        "-100",
        "2026-11-23T10:15:00Z",
        "2026-11-23T10:15:00+01:00"
      })
  void placesAreReadAsPeopleWriteThem(String text) {
    assertThat(StartText.parse(text)).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", "-0", "middle", "10:15", "1e3", "99999999999999999999"})
  void otherTextsAreRefusedWithWhatIsAllowed(String text) {
    assertThatThrownBy(() -> StartText.parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("first, last, OFFSET, -COUNT or TIME");
  }

  @Test
  void aNameWithOneSlashIsALiteTopic() {
    assertThat(QueueName.parse("chat/42")).isEqualTo(new QueueName("chat", "42"));
    assertThat(QueueName.parse("jobs")).isEqualTo(new QueueName("jobs", ""));
    for (String wrong : new String[] {"", "/", "a/", "/b", "a/b/c"}) {
      assertThatThrownBy(() -> QueueName.parse(wrong)).isInstanceOf(TypeConversionException.class);
    }
  }
}
