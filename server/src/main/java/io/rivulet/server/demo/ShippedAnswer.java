package io.rivulet.server.demo;

import io.rivulet.server.demo.stage.ShippedText;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Immutable. A text that comes with the program, at the pace of a model. */
final class ShippedAnswer implements AnswerSource {
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
    for (String token : ShippedText.why()) {
      boolean _ = never.await(PACE.toMillis(), TimeUnit.MILLISECONDS);
      sink.token(token);
    }
  }
}
