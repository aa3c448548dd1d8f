package io.rivulet.engine.stream;

/**
 * Immutable. Who appends, for the recognition of what is sent again: appends of one producer and
 * epoch are numbered from 0, and an epoch ends all earlier ones.
 *
 * @param id 1 to 255 characters
 * @param epoch from 0
 * @param seq number of the append in its epoch, from 0
 */
public record StreamProducer(String id, long epoch, long seq) {
  public static final int MAX_ID_CHARS = 255;

  public StreamProducer {
    if (id.isEmpty() || id.length() > MAX_ID_CHARS) {
      throw new IllegalArgumentException(
          "a producer id has 1 to " + MAX_ID_CHARS + " characters, not " + id.length());
    }
    if (epoch < 0 || seq < 0) {
      throw new IllegalArgumentException(
          "epoch and number of an append are from 0, not " + epoch + " and " + seq);
    }
  }
}
