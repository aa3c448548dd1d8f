package io.rivulet.server.demo;

/** The demo can't go on; the message says why, for people. */
final class DemoFailure extends Exception {
  DemoFailure(String message) {
    super(message);
  }
}
