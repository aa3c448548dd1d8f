package io.rivulet.server.http.stream;

import io.rivulet.engine.stream.StreamDefinition;
import io.rivulet.engine.stream.StreamFork;
import io.rivulet.engine.stream.StreamProducer;
import io.vertx.core.http.HttpServerRequest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** Immutable. The protocol's headers: their names, and what they say. */
final class StreamHeaders {
  static final String NEXT_OFFSET = "Stream-Next-Offset";
  static final String UP_TO_DATE = "Stream-Up-To-Date";
  static final String CLOSED = "Stream-Closed";
  static final String CURSOR = "Stream-Cursor";
  static final String TTL = "Stream-TTL";
  static final String EXPIRES_AT = "Stream-Expires-At";
  static final String SEQ = "Stream-Seq";
  static final String SSE_DATA_ENCODING = "Stream-SSE-Data-Encoding";
  static final String FORKED_FROM = "Stream-Forked-From";
  static final String FORK_OFFSET = "Stream-Fork-Offset";
  static final String FORK_SUB_OFFSET = "Stream-Fork-Sub-Offset";
  static final String PRODUCER_ID = "Producer-Id";
  static final String PRODUCER_EPOCH = "Producer-Epoch";
  static final String PRODUCER_SEQ = "Producer-Seq";
  static final String PRODUCER_EXPECTED = "Producer-Expected-Seq";
  static final String PRODUCER_RECEIVED = "Producer-Received-Seq";

  /** What pages of other origins may read of an answer. */
  static final String EXPOSED =
      String.join(
          ", ",
          NEXT_OFFSET,
          UP_TO_DATE,
          CLOSED,
          CURSOR,
          TTL,
          EXPIRES_AT,
          SSE_DATA_ENCODING,
          PRODUCER_EPOCH,
          PRODUCER_SEQ,
          PRODUCER_EXPECTED,
          PRODUCER_RECEIVED,
          "ETag",
          "Location",
          "Retry-After");

  /** What pages of other origins may say in a request. */
  static final String ALLOWED =
      String.join(
          ", ",
          "Content-Type",
          "Authorization",
          "If-None-Match",
          TTL,
          EXPIRES_AT,
          SEQ,
          CLOSED,
          FORKED_FROM,
          FORK_OFFSET,
          FORK_SUB_OFFSET,
          PRODUCER_ID,
          PRODUCER_EPOCH,
          PRODUCER_SEQ);

  /** What JavaScript can count to. */
  private static final long MAX_NUMBER = (1L << 53) - 1;

  private static final long MAX_TTL_SECONDS = Duration.ofDays(3650).toSeconds();

  private StreamHeaders() {}

  /** The media type without parameters, in lower case; empty if the request has none. */
  static String mediaType(HttpServerRequest request) {
    String header = request.getHeader("content-type");
    if (header == null) {
      return "";
    }
    int end = header.indexOf(';');
    return (end < 0 ? header : header.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  static boolean closes(HttpServerRequest request) {
    return "true".equalsIgnoreCase(request.getHeader(CLOSED));
  }

  /**
   * What a stream is to be made as.
   *
   * @param usualContentType of streams of its parent topic
   */
  static StreamDefinition definition(HttpServerRequest request, String usualContentType) {
    String contentType = mediaType(request);
    String ttl = request.getHeader(TTL);
    String expiresAt = request.getHeader(EXPIRES_AT);
    if (ttl != null && expiresAt != null) {
      throw new IllegalArgumentException(
          "a stream has " + TTL + " or " + EXPIRES_AT + ", not both");
    }
    return new StreamDefinition(
        contentType.isEmpty() && request.getHeader(FORKED_FROM) == null
            ? usualContentType
            : contentType,
        Optional.ofNullable(ttl).map(StreamHeaders::ttl),
        Optional.ofNullable(expiresAt).map(StreamHeaders::expiresAt));
  }

  private static Duration ttl(String text) {
    long seconds = number(TTL, text);
    if (seconds > MAX_TTL_SECONDS) {
      throw new IllegalArgumentException(
          TTL + " is at most " + MAX_TTL_SECONDS + " seconds, not " + text);
    }
    return Duration.ofSeconds(seconds);
  }

  private static Instant expiresAt(String text) {
    try {
      Instant instant = OffsetDateTime.parse(text).toInstant();
      return Instant.ofEpochMilli(Math.max(0, instant.toEpochMilli()));
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          EXPIRES_AT
              + " is a time as in RFC 3339, such as 2030-01-31T12:00:00Z, not '"
              + text
              + "'",
          e);
    }
  }

  /**
   * What a stream is to begin with.
   *
   * @param prefix what paths of streams begin with
   */
  static Optional<StreamFork> fork(
      HttpServerRequest request, StreamAddress address, String prefix, String defaultTopic) {
    String from = request.getHeader(FORKED_FROM);
    String offset = request.getHeader(FORK_OFFSET);
    String subOffset = request.getHeader(FORK_SUB_OFFSET);
    if (from == null) {
      if (offset != null || subOffset != null) {
        throw new IllegalArgumentException(
            FORK_OFFSET + " and " + FORK_SUB_OFFSET + " go together with " + FORKED_FROM);
      }
      return Optional.empty();
    }
    String path = from.replaceFirst("^[a-z]+://[^/]*", "");
    if (!path.startsWith(prefix)) {
      throw new IllegalArgumentException(
          FORKED_FROM + " is the path of a stream, " + prefix + "{name}, not '" + from + "'");
    }
    StreamAddress source = StreamAddress.of(path.substring(prefix.length()), defaultTopic);
    if (!source.topic().equals(address.topic())) {
      throw new IllegalArgumentException(
          "a stream is forked within its parent topic, '"
              + address.topic()
              + "', not from '"
              + source.topic()
              + "'");
    }
    return Optional.of(
        new StreamFork(
            source.liteTopic(),
            offset == null ? OptionalLong.empty() : OptionalLong.of(StreamOffset.number(offset)),
            subOffset == null ? 0 : number(FORK_SUB_OFFSET, subOffset)));
  }

  /** Who appends, if the request says so. */
  static Optional<StreamProducer> producer(HttpServerRequest request) {
    String id = request.getHeader(PRODUCER_ID);
    String epoch = request.getHeader(PRODUCER_EPOCH);
    String seq = request.getHeader(PRODUCER_SEQ);
    if (id == null && epoch == null && seq == null) {
      return Optional.empty();
    }
    if (id == null || epoch == null || seq == null) {
      throw new IllegalArgumentException(
          PRODUCER_ID + ", " + PRODUCER_EPOCH + " and " + PRODUCER_SEQ + " go together");
    }
    return Optional.of(
        new StreamProducer(id, number(PRODUCER_EPOCH, epoch), number(PRODUCER_SEQ, seq)));
  }

  /** A number from 0, without sign, leading zeros, fraction or exponent. */
  static long number(String header, String text) {
    boolean isNumber = !text.isEmpty() && text.length() <= 16;
    for (int i = 0; isNumber && i < text.length(); i++) {
      isNumber = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (!isNumber || (text.length() > 1 && text.charAt(0) == '0')) {
      throw new IllegalArgumentException(
          header + " is a whole number from 0 without leading zeros, not '" + text + "'");
    }
    long value = Long.parseLong(text);
    if (value > MAX_NUMBER) {
      throw new IllegalArgumentException(header + " is at most " + MAX_NUMBER + ", not " + text);
    }
    return value;
  }
}
