package io.rivulet.server.demo.stage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Immutable. Texts that come with the program, in pieces of a model's size. */
public final class ShippedText {
  private static final Pattern TOKEN = Pattern.compile("\\s*\\S{1,7}");
  private static final String WHY = "answer.txt";

  private ShippedText() {}

  /** Why the tokens of an answer go through a message engine. */
  public static List<String> why() {
    return tokens(ShippedText.class, WHY);
  }

  /** The tokens of a file beside this class. */
  public static List<String> tokens(Class<?> beside, String file) {
    try (InputStream in = beside.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is missing in the program itself");
      }
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
      return TOKEN.matcher(text).results().map(MatchResult::group).toList();
    } catch (IOException e) {
      throw new IllegalStateException("can't read " + file + " out of the program itself", e);
    }
  }
}
