package io.rivulet.engine.topic;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Immutable. What readers over HTTP are told of a topic's messages, and which web pages may ask.
 * What is given is kept in lower case, as media types and origins are compared.
 *
 * @param contentType LITE only: the media type of messages in lite topics that have none of their
 *     own, because a send has made them; empty: bytes
 * @param corsOrigins web pages that may read and write the topic from a browser, such as {@code
 *     https://chat.example}, {@code loopback} or {@code *}; an empty list: none of another origin;
 *     absent: those that may do so with all topics
 */
public record TopicAttributes(Optional<String> contentType, Optional<List<String>> corsOrigins) {
  /** A media type is kept with each stream that is made with it. */
  public static final int MAX_CONTENT_TYPE_CHARS = 255;

  /** All of them are in memory with the topic, and looked through for each request of a page. */
  public static final int MAX_ORIGINS = 64;

  public static final int MAX_ORIGIN_CHARS = 255;

  /** All pages. */
  public static final String ANY_ORIGIN = "*";

  /** Pages that are served from this machine. */
  public static final String LOOPBACK_ORIGIN = "loopback";

  public static final TopicAttributes NONE =
      new TopicAttributes(Optional.empty(), Optional.empty());

  /** RFC 9110, 8.3.1: two tokens. */
  private static final Pattern MEDIA_TYPE =
      Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+");

  /** As browsers write it: no path, no user, not even a slash at the end. */
  private static final Pattern ORIGIN =
      Pattern.compile(
          "https?://(?:\\[[0-9a-f:.]+\\]|[0-9a-z_](?:[0-9a-z_.-]*[0-9a-z_])?)(?::([1-9][0-9]{0,4}))?");

  private static final int MAX_PORT = 65_535;

  public TopicAttributes {
    contentType = contentType.map(TopicAttributes::mediaType);
    corsOrigins = corsOrigins.map(TopicAttributes::origins);
  }

  private static String mediaType(String text) {
    String type = text.strip().toLowerCase(Locale.ROOT);
    if (type.length() > MAX_CONTENT_TYPE_CHARS) {
      throw new IllegalArgumentException(
          "a content type has at most %d characters, not %,d"
              .formatted(MAX_CONTENT_TYPE_CHARS, type.length()));
    }
    if (type.indexOf(';') >= 0) {
      throw new IllegalArgumentException(
          "a content type stands here without parameters, as application/json does, not as '%s'"
              .formatted(text));
    }
    if (!MEDIA_TYPE.matcher(type).matches()) {
      throw new IllegalArgumentException(
          "a content type is a media type such as application/json, not '%s'".formatted(text));
    }
    return type;
  }

  private static List<String> origins(List<String> texts) {
    if (texts.size() > MAX_ORIGINS) {
      throw new IllegalArgumentException(
          "a topic has at most %d origins, not %,d".formatted(MAX_ORIGINS, texts.size()));
    }
    LinkedHashSet<String> origins = new LinkedHashSet<>();
    texts.forEach(each -> origins.add(origin(each)));
    return List.copyOf(origins);
  }

  private static String origin(String text) {
    String origin = text.strip().toLowerCase(Locale.ROOT);
    if (origin.length() > MAX_ORIGIN_CHARS) {
      throw new IllegalArgumentException(
          "an origin has at most %d characters, not %,d"
              .formatted(MAX_ORIGIN_CHARS, origin.length()));
    }
    if (origin.equals(ANY_ORIGIN) || origin.equals(LOOPBACK_ORIGIN)) {
      return origin;
    }
    var parts = ORIGIN.matcher(origin);
    if (!parts.matches()
        || (parts.group(1) != null && Integer.parseInt(parts.group(1)) > MAX_PORT)) {
      throw new IllegalArgumentException(
          ("an origin is https://HOST or https://HOST:PORT (or http), '%s' for all pages or '%s' for"
                  + " those of this machine, not '%s'")
              .formatted(ANY_ORIGIN, LOOPBACK_ORIGIN, text));
    }
    return origin;
  }
}
