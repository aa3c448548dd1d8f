package io.rivulet.engine.log;

import java.io.IOException;

/** The position asked for was removed by retention. */
public final class TrimmedException extends IOException {
  private static final long serialVersionUID = 1;

  public TrimmedException(long position, long head) {
    super("position " + position + " was removed by retention; the log begins at " + head);
  }
}
