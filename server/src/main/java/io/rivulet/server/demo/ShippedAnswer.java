package io.rivulet.server.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Immutable. A text that comes with the program, at the pace of a model. */
final class ShippedAnswer implements AnswerSource {
  private static final String FILE = "answer.txt";
  private static final Pattern TOKEN = Pattern.compile("\\s*\\S{1,7}");
  private static final Duration PACE = Duration.ofMillis(30);

  @Override
  public String origin() {
    return "a text shipped with the demo (give --llm-url for a model's)";
  }

  @Override
  public String question() {
    return "Why should the tokens of an answer go through a message engine?";
  }

  @Override
  public void stream(Sink sink) throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    for (String token : TOKEN.matcher(text()).results().map(MatchResult::group).toList()) {
      boolean _ = never.await(PACE.toMillis(), TimeUnit.MILLISECONDS);
      sink.token(token);
    }
  }

  private static String text() {
    try (InputStream in = ShippedAnswer.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is missing in the program itself");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new IllegalStateException("can't read " + FILE + " out of the program itself", e);
    }
  }
}
