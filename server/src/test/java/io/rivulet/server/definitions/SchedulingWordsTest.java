package io.rivulet.server.definitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Rate;
import io.rivulet.api.v1.Scheduling;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulingWordsTest {
  private final GroupDefinition.Builder group = GroupDefinition.newBuilder();

  private Scheduling say(Map<String, String> words) throws WordException {
    SchedulingWords.VOCABULARY.apply(group, words);
    return group.getScheduling();
  }

  @ParameterizedTest
  @CsvSource({
    "50/s, 50, 50/s",
    "50, 50, 50/s",
    "0.5/s, 0.5, 30/min",
    "90/min, 1.5, 90/min",
    "3000/min, 50, 50/s",
    "20_000/s, 20000, 20000/s",
    "1/h, 0.0002777777777777778, 1/h",
    "0.0001/s, 0.0001, 0.00010/s"
  })
  void aRateIsReadAndPrinted(String text, double perSecond, String printed) {
    assertThat(RateText.parse(text)).isEqualTo(perSecond);
    assertThat(RateText.print(Rate.newBuilder().setPerSecond(perSecond).build()))
        .isEqualTo(printed);
  }

  @Test
  void whatIsNotSaidStaysAsItIs() throws WordException {
    say(Map.of("rate", "50/s", "concurrency", "8", "fairness", "tenant"));

    Scheduling changed = say(Map.of("cost-rate", "20000/s", "weights", "gold=4,free=1"));

    assertThat(changed.getLimits().getMessages().getPerSecond()).isEqualTo(50);
    assertThat(changed.getLimits().getCost().getPerSecond()).isEqualTo(20_000);
    assertThat(changed.getLimits().getConcurrency()).isEqualTo(8);
    assertThat(changed.getFairness().getProperty()).isEqualTo("tenant");
    assertThat(changed.getFairness().getWeightsMap()).isEqualTo(Map.of("gold", 4, "free", 1));
  }

  @Test
  void theWordNoneRemovesALimit() throws WordException {
    say(Map.of("rate", "50/s", "burst", "100", "concurrency", "8", "key-rate", "5/s"));

    Scheduling changed =
        say(Map.of("rate", "none", "concurrency", "none", "key-rate", "none", "fairness", "none"));

    assertThat(changed.getLimits().hasMessages()).isFalse();
    assertThat(changed.getLimits().getConcurrency()).isZero();
    assertThat(changed.hasFairness()).isFalse();
  }

  @Test
  void theOrderOfWordsDoesNotMatter() throws WordException {
    Map<String, String> backwards = new LinkedHashMap<>();
    backwards.put("burst", "100");
    backwards.put("priorities", "aging");
    backwards.put("aging", "30s");
    backwards.put("rate", "50/s");

    Scheduling said = say(backwards);

    assertThat(said.getLimits().getMessages().getBurst()).isEqualTo(100);
    assertThat(said.getAging().getStep().getSeconds()).isEqualTo(30);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rate | fast | not a rate",
        "rate | 5/year | the unit is not one of s, min, h",
        "rate | 0/s | a rate is more than 0; none removes it",
        "burst | 5 | there is no rate that it could belong to",
        "concurrency | -1 | out of range",
        "weights | gold | 'gold' is not KEY=WEIGHT",
        "weights | gold=x | the weight in 'gold=x' is not a whole number",
        "weights | a=1,a=2 | 'a' stands there twice",
        "priority-weights | high=2 | the priority 'high' is not a number",
        "priorities | fair | not one of the words",
        "priorities | aging | how fast is missing: give 'aging' a time",
        "aging | soon | not a length of time",
        "adaptive | perhaps | neither on nor off"
      })
  void whatCannotBeUsedIsRefusedWithWhatIsAllowed(String word, String value, String why) {
    assertThatThrownBy(() -> say(Map.of(word, value)))
        .isInstanceOf(WordException.class)
        .hasMessageContaining("\"" + value + "\"")
        .hasMessageContaining(why)
        .hasMessageContaining("allowed: " + SchedulingWords.VOCABULARY.allowed(word));
  }
}
