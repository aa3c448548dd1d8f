package io.rivulet.server.demo.web;

import io.rivulet.server.demo.stage.ShippedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Immutable. What stands in for a model: a few texts, chosen by a word of the question. The same
 * question always gets the same tokens, so another worker can go on where one has died.
 */
final class Answers {
  /** An answer is never longer. */
  static final int MAX_TOKENS = 2000;

  private static final Pattern ALL = Pattern.compile("everything|story");
  private static final Pattern SERVER = Pattern.compile("kill|crash|restart|server|power");
  private static final Pattern READER = Pattern.compile("reload|tab|offline|network|phone|train");
  private static final Pattern STOP = Pattern.compile("stop|cancel");

  private Answers() {}

  /** The tokens, in order. */
  static List<String> to(String question) {
    String words = question.toLowerCase(Locale.ROOT);
    if (ALL.matcher(words).find()) {
      List<String> all = new ArrayList<>();
      for (String each : List.of("why", "server", "tab", "stop")) {
        List<String> tokens = to(each);
        all.add((all.isEmpty() ? "" : "\n\n") + tokens.getFirst());
        all.addAll(tokens.subList(1, tokens.size()));
      }
      return all;
    }
    if (SERVER.matcher(words).find()) {
      return ShippedText.tokens(Answers.class, "answer-server.txt");
    }
    if (READER.matcher(words).find()) {
      return ShippedText.tokens(Answers.class, "answer-reader.txt");
    }
    if (STOP.matcher(words).find()) {
      return ShippedText.tokens(Answers.class, "answer-stop.txt");
    }
    return ShippedText.why();
  }
}
