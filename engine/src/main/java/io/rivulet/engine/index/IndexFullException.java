package io.rivulet.engine.index;

import java.io.IOException;
import java.io.UncheckedIOException;

/** Immutable. The index's disk has no room; the same call may succeed when there is some again. */
public final class IndexFullException extends UncheckedIOException {
  private static final long serialVersionUID = 1;

  public IndexFullException(IOException cause) {
    super(cause);
  }
}
