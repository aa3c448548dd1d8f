package io.rivulet.cluster.checkpoint;

import java.io.IOException;

/** Immutable. What a checkpoint's ledgers hold is not what was stored: another one must do. */
public final class DamagedCheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  public DamagedCheckpointException(String message) {
    super(message);
  }

  public DamagedCheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
