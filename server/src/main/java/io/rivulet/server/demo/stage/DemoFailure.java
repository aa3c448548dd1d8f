package io.rivulet.server.demo.stage;

/** The demo can't go on; the message says why, for people. */
public final class DemoFailure extends Exception {
  public DemoFailure(String message) {
    super(message);
  }
}
