package io.rivulet.cluster.member;

import java.io.IOException;

/**
 * Another node is just making what storage needs of the metadata, or the quorum does not answer:
 * try again in a moment.
 */
public final class StorageBusyException extends IOException {
  private static final long serialVersionUID = 1;

  StorageBusyException(Throwable cause) {
    super("storage's part of the metadata can't be made or reached: " + cause.getMessage(), cause);
  }
}
