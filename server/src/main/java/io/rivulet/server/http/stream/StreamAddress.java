package io.rivulet.server.http.stream;

import io.rivulet.engine.stream.StreamName;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Immutable. The lite topic that a URL stands for.
 *
 * <p>The first of several segments of the path is the parent topic, the others are the lite topic;
 * a single one is a lite topic of a default parent. A name that lite topics may have stands for
 * itself. Any other, such as one with dots, is kept as {@link StreamName#ENCODED} and the base64 of
 * its UTF-8 bytes (RFC 4648, the alphabet for URLs, no padding), which can be read back.
 */
public record StreamAddress(String topic, String liteTopic) {
  /** What the lite topic of a name begins with that is not allowed as it is. */
  private static final String ENCODED = StreamName.ENCODED;

  private static final int MAX_LITE_TOPIC = 64;

  /**
   * Reads the rest of a path.
   *
   * @param path after the prefix, still percent-encoded
   * @throws IllegalArgumentException if it stands for no lite topic, with the reason
   */
  public static StreamAddress of(String path, String defaultTopic) {
    List<String> segments = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      segments.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
    }
    if (segments.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException(
          "the path of a stream is {parent topic}/{lite topic} or {lite topic}, none of them empty");
    }
    return segments.size() == 1
        ? new StreamAddress(defaultTopic, encode(segments.getFirst()))
        : new StreamAddress(
            segments.getFirst(), encode(String.join("/", segments.subList(1, segments.size()))));
  }

  /** What permissions know it by. */
  public String resource() {
    return topic + "/" + liteTopic;
  }

  /** The lite topic that stands for a name. */
  static String encode(String name) {
    boolean isPlain = name.length() <= MAX_LITE_TOPIC && !name.startsWith(ENCODED);
    for (int i = 0; isPlain && i < name.length(); i++) {
      isPlain = isAllowed(name.charAt(i));
    }
    if (isPlain) {
      return name;
    }
    String encoded =
        ENCODED
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(name.getBytes(StandardCharsets.UTF_8));
    if (encoded.length() > MAX_LITE_TOPIC) {
      throw new IllegalArgumentException(
          "the name '"
              + name
              + "' is too long: a lite topic has at most "
              + MAX_LITE_TOPIC
              + " characters out of A-Z a-z 0-9 - _, or 45 bytes of others");
    }
    return encoded;
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** The name that a lite topic stands for. */
  static String decode(String liteTopic) {
    return StreamName.decode(liteTopic);
  }

  /** The path that leads to it, not percent-encoded. */
  public String path(String defaultTopic) {
    String name = decode(liteTopic);
    return topic.equals(defaultTopic) && name.indexOf('/') < 0 ? name : topic + "/" + name;
  }
}
