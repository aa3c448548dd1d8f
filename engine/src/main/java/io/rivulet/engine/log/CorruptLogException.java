package io.rivulet.engine.log;

import java.io.IOException;

/** What is stored differs from what was acknowledged; the message names position and file. */
public final class CorruptLogException extends IOException {
  private static final long serialVersionUID = 1;

  public CorruptLogException(String message) {
    super(message);
  }
}
