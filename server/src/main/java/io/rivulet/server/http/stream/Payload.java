package io.rivulet.server.http.stream;

import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.stream.StreamPage;
import io.rivulet.server.http.EventText;
import io.rivulet.server.http.StoredBody;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import tools.jackson.core.io.JsonStringEncoder;

/** Immutable. The messages of a page as their readers get them. */
final class Payload {
  static final String JSON = "application/json";

  private Payload() {}

  static boolean isJson(String contentType) {
    return contentType.equals(JSON);
  }

  /** Whether events carry it as it is; else in base64. */
  static boolean isText(String contentType) {
    return contentType.startsWith("text/") || isJson(contentType);
  }

  /** One message after the other; in JSON mode an array of them. */
  static Buffer of(StreamPage page) {
    return of(page.messages(), isJson(page.stream().definition().contentType()));
  }

  private static Buffer of(List<StoredMessage> messages, boolean isJson) {
    Buffer all = Buffer.buffer();
    if (isJson) {
      all.appendByte((byte) '[');
    }
    boolean isFirst = true;
    for (StoredMessage message : messages) {
      byte[] body = StoredBody.of(message.message());
      if (isJson && !isFirst) {
        all.appendByte((byte) ',');
      }
      all.appendBytes(isJson ? json(body) : body);
      isFirst = false;
    }
    if (isJson) {
      all.appendByte((byte) ']');
    }
    return all;
  }

  /** What a worker sent that is no JSON is read as a string, so that the others can be read. */
  private static byte[] json(byte[] body) {
    if (JsonMessages.isValue(body)) {
      return body;
    }
    String text = new String(body, StandardCharsets.UTF_8);
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, quoted);
    return quoted.append('"').toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The lines of an event with it: none of its bytes can end the event or begin another field. */
  static Buffer eventLines(StreamPage page) {
    Buffer payload = of(page);
    byte[] bytes = payload.getBytes();
    if (!isText(page.stream().definition().contentType())) {
      bytes = Base64.getEncoder().encode(bytes);
    }
    return EventText.data(bytes);
  }
}
