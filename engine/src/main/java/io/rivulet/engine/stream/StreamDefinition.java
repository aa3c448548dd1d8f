package io.rivulet.engine.stream;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Immutable. What a stream was made as; it never changes.
 *
 * @param contentType a media type in lower case and without parameters, at most 255 characters;
 *     empty in a wish for a fork (that of its source), and of a lite topic that a send has made
 *     (that of its parent topic)
 * @param ttl how long the stream lives after it was last written or read, whole milliseconds;
 *     empty: as long as its parent topic says
 * @param expiresAt when it ends whatever happens; empty: never. Not together with {@code ttl}.
 */
public record StreamDefinition(
    String contentType, Optional<Duration> ttl, Optional<Instant> expiresAt) {
  public static final int MAX_CONTENT_TYPE_CHARS = 255;

  /** What is read of a lite topic that a send has made, if its parent topic says nothing else. */
  public static final String BYTES = "application/octet-stream";

  public StreamDefinition {
    if (contentType.length() > MAX_CONTENT_TYPE_CHARS) {
      throw new IllegalArgumentException(
          "a content type has at most "
              + MAX_CONTENT_TYPE_CHARS
              + " characters, not "
              + contentType.length());
    }
    if (ttl.isPresent() && expiresAt.isPresent()) {
      throw new IllegalArgumentException("a stream has a TTL or a time at which it ends, not both");
    }
    if (ttl.isPresent() && ttl.get().isNegative()) {
      throw new IllegalArgumentException("a TTL is from 0, not " + ttl.get());
    }
  }

  public static StreamDefinition of(String contentType) {
    return new StreamDefinition(contentType, Optional.empty(), Optional.empty());
  }
}
