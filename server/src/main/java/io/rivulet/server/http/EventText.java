package io.rivulet.server.http;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/** Immutable. Server-sent events as the HTML standard writes them. */
public final class EventText {
  /** How often a reader that gets nothing is shown that the connection is alive, in seconds. */
  public static final int HEARTBEAT_SECONDS = 15;

  private static final byte LINE_FEED = '\n';
  private static final byte CARRIAGE_RETURN = '\r';
  private static final byte[] DATA = "data:".getBytes(StandardCharsets.UTF_8);

  private EventText() {}

  /** The data lines of an event: none of the bytes can end the event or begin another field. */
  public static Buffer data(byte[] bytes) {
    Buffer lines = Buffer.buffer(bytes.length + DATA.length + 1);
    int from = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == LINE_FEED || bytes[i] == CARRIAGE_RETURN) {
        lines.appendBytes(DATA);
        if (from < i && bytes[from] == ' ') {
          // Readers take one blank away.
          lines.appendByte((byte) ' ');
        }
        lines.appendBytes(bytes, from, i - from).appendByte(LINE_FEED);
        boolean isPair =
            i + 1 < bytes.length && bytes[i] == CARRIAGE_RETURN && bytes[i + 1] == LINE_FEED;
        i += isPair ? 1 : 0;
        from = i + 1;
      }
    }
    return lines;
  }
}
