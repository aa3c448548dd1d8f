package io.rivulet.server.demo;

import io.rivulet.server.demo.stage.DemoFailure;

/** Where the tokens of the demo's answer come from. */
interface AnswerSource {
  /** Takes tokens. */
  interface Sink {
    void token(String text) throws InterruptedException;
  }

  /** One sentence that says where they come from. */
  String origin();

  String question();

  /** Hands the answer on token by token, as it comes. */
  void stream(Sink sink) throws DemoFailure, InterruptedException;
}
