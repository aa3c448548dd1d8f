package io.rivulet.server.rocketmq.name;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @ValueSource(strings = {"chat", "a-b_c", "%DLQ%group", "ns%chat", "T1", "a|b"})
  void ordinaryTopicsAreFine(String name) {
    assertThat(Names.checkTopic(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a.b", "a/b", "ä", "a\n", "TBW102", "rmq_sys_x"})
  void otherTopicsAreRefusedWithTheReferencesCode(String name) {
    assertThat(Names.checkTopic(name)).map(Status::getCode).contains(Code.ILLEGAL_TOPIC);
  }

  @Test
  void aTopicHasAtMost127Characters() {
    assertThat(Names.checkTopic("t".repeat(127))).isEmpty();
    assertThat(Names.checkTopic("t".repeat(128))).isPresent();
  }

  @Test
  void aGroupHasAtMost120Characters() {
    assertThat(Names.checkGroup("g".repeat(120))).isEmpty();
    assertThat(Names.checkGroup("g".repeat(121)))
        .map(Status::getCode)
        .contains(Code.ILLEGAL_CONSUMER_GROUP);
  }

  @Test
  void aRefusalNamesTheNameAndWhatIsAllowed() {
    Status status = Names.checkTopic("my topic").orElseThrow();

    assertThat(status.getMessage()).contains("my topic").contains("a-z A-Z 0-9 _ - % |");
  }

  @ParameterizedTest
  @ValueSource(strings = {"42", "session-1_x"})
  void lettersDigitsDashAndUnderscoreMakeALiteTopic(String name) {
    assertThat(Names.checkLiteTopic(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "a:b", "a.b", "a%b", "a b"})
  void otherLiteTopicsAreRefused(String name) {
    assertThat(Names.checkLiteTopic(name)).map(Status::getCode).contains(Code.ILLEGAL_LITE_TOPIC);
  }

  @Test
  void aLiteTopicHasAtMost64Characters() {
    assertThat(Names.checkLiteTopic("l".repeat(64))).isEmpty();
    assertThat(Names.checkLiteTopic("l".repeat(65))).isPresent();
  }

  @Test
  void aMessageGroupHasLessThan64BytesInUtf8() {
    assertThat(Names.checkMessageGroup("ü".repeat(31))).isEmpty();
    assertThat(Names.checkMessageGroup("ü".repeat(32)))
        .map(Status::getCode)
        .contains(Code.ILLEGAL_MESSAGE_GROUP);
  }

  @Test
  void aMessageGroupIsNotBlankAndHasNoControlCharacters() {
    assertThat(Names.checkMessageGroup(" ")).isPresent();
    assertThat(Names.checkMessageGroup("a\tb")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "plain", "ü", "€", "😀", "a😀€ü"})
  void theSizeInUtf8IsThatOfTheEncodedText(String text) {
    assertThat(Names.utf8Size(text))
        .isEqualTo(text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length);
  }
}
