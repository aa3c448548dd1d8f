package io.rivulet.storage.index;

import java.io.IOException;

/** Somebody has the index open: nothing is wrong with it, and nothing of it may be touched. */
final class IndexInUseException extends IOException {
  private static final long serialVersionUID = 1;

  IndexInUseException(String message, Throwable cause) {
    super(message, cause);
  }
}
