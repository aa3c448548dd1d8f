package io.rivulet.bench.raw;

import apache.rocketmq.v2.Status;
import java.io.Serial;

/** The server answered, and the answer is no. */
public final class RefusedException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  RefusedException(Status status) {
    super(status.getCode() + ": " + status.getMessage());
  }
}
