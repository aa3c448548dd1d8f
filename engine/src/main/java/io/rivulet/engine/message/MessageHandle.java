package io.rivulet.engine.message;

import io.rivulet.engine.codec.Hash;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;

/**
 * Immutable. Names a stored message to its sender, who may cancel it or give it another priority by
 * it: opaque, self-contained, and good for as long as the message is retained.
 *
 * <p>{@code m1_} and URL-safe Base64 of queue id and offset (longs) and a checksum (int): what was
 * typed wrong or is something else is told apart from what was never stored. Queue ids are never
 * used again, so a handle never names another message later.
 */
public record MessageHandle(long queueId, long offset) {
  private static final String PREFIX = "m1_";
  private static final int BYTES = 20;
  private static final int TEXT_LENGTH = PREFIX.length() + 27;

  public String encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.putLong(queueId).putLong(offset).putInt(checksum());
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /** Empty if this was never one of our handles. */
  public static Optional<MessageHandle> decode(String text) {
    if (text.length() != TEXT_LENGTH || !text.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      ByteBuffer bytes =
          ByteBuffer.wrap(Base64.getUrlDecoder().decode(text.substring(PREFIX.length())));
      MessageHandle handle = new MessageHandle(bytes.getLong(), bytes.getLong());
      return bytes.getInt() == handle.checksum() ? Optional.of(handle) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Not a CRC: every receipt carries a handle, and this takes no time. */
  private int checksum() {
    return (int) Hash.mix(Hash.mix(queueId) ^ offset);
  }
}
