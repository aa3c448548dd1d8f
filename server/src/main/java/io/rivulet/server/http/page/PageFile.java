package io.rivulet.server.http.page;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Immutable. A file of the page.
 *
 * @param contentType what browsers take it for
 * @param tag changes with the content: an ETag, quotes included
 */
record PageFile(Buffer content, String contentType, String tag) {
  private static final int TAG_BYTES = 12;

  /** Reads it out of the program itself. */
  static PageFile read(String name) {
    try (InputStream in = PageFile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing in the program itself");
      }
      byte[] bytes = in.readAllBytes();
      return new PageFile(Buffer.buffer(bytes), contentType(name), tag(bytes));
    } catch (IOException e) {
      throw new IllegalStateException("can't read " + name + " out of the program itself", e);
    }
  }

  private static String contentType(String name) {
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalStateException("no content type is known for " + name);
    };
  }

  private static String tag(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + HexFormat.of().formatHex(hash, 0, TAG_BYTES) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
