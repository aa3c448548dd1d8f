package io.rivulet.cluster.metadata;

import java.io.IOException;

/** The metadata store did not answer: whether a change happened is not known. */
public final class MetadataException extends IOException {
  private static final long serialVersionUID = 1;

  public MetadataException(String message, Throwable cause) {
    super(message, cause);
  }
}
