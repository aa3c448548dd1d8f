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
   * The bytes. What is said to be gzip and is not, or unfolds to more than 256 MiB, stays as it is:
   * a message that can't be unfolded must not keep its readers from those behind it.
   */
  public static byte[] of(Message message) {
    byte[] body = message.body().toArray();
    if (!message.gzip()) {
      return body;
    }
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      byte[] unfolded = in.readNBytes(MAX_UNFOLDED_BYTES);
      return in.read() < 0 ? unfolded : body;
    } catch (IOException e) {
      return body;
    }
  }
}
