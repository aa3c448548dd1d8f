package io.rivulet.server.rivulet;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * Immutable. Where a reader continues; opaque on the wire.
 *
 * @param incarnation the queue that the offset belongs to; 0: one that is not born yet
 * @param nextOffset the first offset that the reader has not seen
 */
record ResumeToken(long incarnation, long nextOffset) {
  private static final byte VERSION = 1;
  private static final int SIZE_BYTES = 1 + 8 + 8;

  String encode() {
    byte[] bytes =
        ByteBuffer.allocate(SIZE_BYTES)
            .put(VERSION)
            .putLong(incarnation)
            .putLong(nextOffset)
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** The token in a text; empty if it is none of ours. */
  static Optional<ResumeToken> decode(String text) {
    if (text.length() != (SIZE_BYTES * 8 + 5) / 6) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (buffer.remaining() != SIZE_BYTES || buffer.get() != VERSION) {
      return Optional.empty();
    }
    ResumeToken token = new ResumeToken(buffer.getLong(), buffer.getLong());
    return token.incarnation < 0 || token.nextOffset < 0 ? Optional.empty() : Optional.of(token);
  }
}
