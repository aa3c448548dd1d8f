package io.rivulet.engine.shard;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * Immutable. What a receipt handle says: opaque to clients, self-contained for us.
 *
 * <p>URL-safe Base64 of version (byte), group id, queue id, offset and lease id (longs). The lease
 * id is random, so a handle cannot be guessed and one of an earlier delivery proves nothing.
 */
record ReceiptHandle(long groupId, long queueId, long offset, long leaseId) {
  private static final byte VERSION = 1;
  private static final int BYTES = 33;
  private static final int TEXT_LENGTH = 44;

  String encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.put(VERSION).putLong(groupId).putLong(queueId).putLong(offset).putLong(leaseId);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /** Empty if this was never one of our handles. */
  static Optional<ReceiptHandle> decode(String text) {
    if (text.length() != TEXT_LENGTH) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      if (bytes.get() != VERSION) {
        return Optional.empty();
      }
      return Optional.of(
          new ReceiptHandle(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
