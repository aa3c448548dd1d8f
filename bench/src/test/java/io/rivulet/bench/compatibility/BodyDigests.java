package io.rivulet.bench.compatibility;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What the drivers' generated bodies look like. */
final class BodyDigests {
  private BodyDigests() {}

  /** MD5, as lower-case hex, of the alphabet over and over. */
  static String ofAlphabet(int size) {
    byte[] body = new byte[size];
    for (int index = 0; index < size; index++) {
      body[index] = (byte) ('a' + index % 26);
    }
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has MD5", e);
    }
  }
}
