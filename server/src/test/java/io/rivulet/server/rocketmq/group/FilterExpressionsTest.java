package io.rivulet.server.rocketmq.group;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.Status;
import io.rivulet.engine.group.Filter;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterExpressionsTest {
  private static FilterExpression tags(String expression) {
    return FilterExpression.newBuilder().setType(FilterType.TAG).setExpression(expression).build();
  }

  /** Trap 10: Java's lite push consumer sends none. */
  @Test
  void anUnsetExpressionMeansEveryMessage() {
    assertThat(FilterExpressions.check(FilterExpression.getDefaultInstance())).isEmpty();
    assertThat(FilterExpressions.parse(FilterExpression.getDefaultInstance()).isAll()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "*", " ", "a || *", "||"})
  void aStarOrNothingMeansEveryMessage(String expression) {
    assertThat(FilterExpressions.parse(tags(expression)).isAll()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a || b", "a||b", " b ||a", "a || b ||"})
  void tagsAreSeparatedByTwoBars(String expression) {
    assertThat(FilterExpressions.parse(tags(expression))).isEqualTo(new Filter(Set.of("a", "b")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a > 1"})
  void sqlIsRefusedWithTheReferencesCode(String expression) {
    FilterExpression sql =
        FilterExpression.newBuilder().setType(FilterType.SQL).setExpression(expression).build();

    assertThat(FilterExpressions.check(sql))
        .map(Status::getCode)
        .contains(Code.ILLEGAL_FILTER_EXPRESSION);
  }
}
