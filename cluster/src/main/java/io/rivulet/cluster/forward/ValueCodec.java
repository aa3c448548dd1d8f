package io.rivulet.cluster.forward;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. Turns values of one type into bytes and back.
 *
 * @param <T> the type; {@code null} is a value like others where the type allows it
 */
interface ValueCodec<T extends @Nullable Object> {
  /**
   * Appends the value.
   *
   * @throws IOException if a part of it has to be read from somewhere and can't be
   */
  void write(ByteWriter out, T value) throws IOException;

  /**
   * Takes the value.
   *
   * @throws IOException if the bytes are no such value
   */
  T read(ByteReader in) throws IOException;
}
