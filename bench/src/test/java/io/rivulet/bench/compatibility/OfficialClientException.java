package io.rivulet.bench.compatibility;

import java.io.Serial;

/** What the user of an official client sees when a call fails. */
public final class OfficialClientException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  OfficialClientException(String message) {
    super(message);
  }
}
