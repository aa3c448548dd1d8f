package io.rivulet.server.http;

import io.rivulet.engine.message.Message;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;

/** Immutable. The body of a message as HTTP readers get it: unfolded, if its producer folded it. */
public final class StoredBody {
  /** What a producer's gzip may unfold to. */
  private static final int MAX_UNFOLDED_BYTES = 256 << 20;

  private StoredBody() {}

  /**
   * The bytes.
   *
   * @throws IOException if they are said to be gzip and are not, or unfold to more than 256 MiB
   */
  public static byte[] of(Message message) throws IOException {
    byte[] body = message.body().toArray();
    if (!message.gzip()) {
      return body;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      byte[] unfolded = in.readNBytes(MAX_UNFOLDED_BYTES);
      if (in.read() >= 0) {
        throw new IOException("the body unfolds to more than " + MAX_UNFOLDED_BYTES + " bytes");
      }
      return unfolded;
    }
  }
}
