package io.rivulet.bench.redis;

import java.io.Serial;

/** The server answered, and the answer is no; or its answers cannot be read any more. */
public final class RedisException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  public RedisException(String message) {
    super(message);
  }
}
