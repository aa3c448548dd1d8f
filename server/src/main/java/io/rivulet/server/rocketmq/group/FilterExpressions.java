package io.rivulet.server.rocketmq.group;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.FilterExpression;
import apache.rocketmq.v2.FilterType;
import apache.rocketmq.v2.Status;
import io.rivulet.engine.group.Filter;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Immutable. Tag expressions, as in {@code a || b}, read into the engine's filters. */
public final class FilterExpressions {
  private static final String ANY = "*";

  private FilterExpressions() {}

  /** Why the expression is refused; empty if it is fine. */
  public static Optional<Status> check(FilterExpression expression) {
    if (expression.getType() != FilterType.SQL) {
      return Optional.empty();
    }
    return Optional.of(
        Statuses.of(
            Code.ILLEGAL_FILTER_EXPRESSION,
            expression.getExpression().isBlank()
                ? "the SQL92 filter expression is empty"
                : "SQL92 filters are not supported, use a tag expression such as 'a || b' or '*'"));
  }

  /**
   * The filter of a checked expression. Trap 10: Java's lite push consumer sends none at all; an
   * unset, empty or unspecified expression means every message.
   */
  public static Filter parse(FilterExpression expression) {
    String text = expression.getExpression();
    if (text.isEmpty() || text.equals(ANY)) {
      return Filter.all();
    }
    Set<String> tags = new HashSet<>();
    int from = 0;
    while (from <= text.length()) {
      int separator = text.indexOf("||", from);
      int to = separator < 0 ? text.length() : separator;
      String tag = text.substring(from, to).strip();
      if (tag.equals(ANY)) {
        return Filter.all();
      }
      if (!tag.isEmpty()) {
        tags.add(tag);
      }
      from = to + 2;
    }
    return tags.isEmpty() ? Filter.all() : new Filter(tags);
  }
}
