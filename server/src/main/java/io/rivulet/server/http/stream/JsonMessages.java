package io.rivulet.server.http.stream;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Immutable. The messages in the body of an append in JSON mode. */
final class JsonMessages {
  private static final JsonFactory JSON = new JsonFactory();
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private JsonMessages() {}

  /**
   * The body's value, or, of an array, each of its elements: as they were written, without the
   * blanks around them.
   *
   * @throws IllegalArgumentException if it is not one JSON value, with the reason
   */
  static List<byte[]> split(byte[] body) {
    List<byte[]> messages = new ArrayList<>();
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new IllegalArgumentException("the body is empty; JSON is expected");
      }
      if (first == JsonToken.START_ARRAY) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          messages.add(value(parser, body));
        }
      } else {
        messages.add(value(parser, body));
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("the body has more than one JSON value");
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("the body is no JSON: " + e.getOriginalMessage(), e);
    }
    return messages;
  }

  /**
   * Whether it is exactly one JSON value, in UTF-8 and without a byte order mark: only then may it
   * stand in the middle of an array. The library takes other encodings too, if it is given bytes.
   */
  static boolean isValue(byte[] body) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
      return text.hasRemaining() && text.get(0) != BYTE_ORDER_MARK && isValue(text);
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  private static boolean isValue(CharBuffer text) {
    try (JsonParser parser =
        JSON.createParser(
            ObjectReadContext.empty(),
            text.array(),
            text.arrayOffset() + text.position(),
            text.remaining())) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (JacksonException e) {
      return false;
    }
  }

  private static byte[] value(JsonParser parser, byte[] body) {
    long from = parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    long to = parser.currentLocation().getByteOffset();
    return Arrays.copyOfRange(body, (int) from, (int) to);
  }
}
