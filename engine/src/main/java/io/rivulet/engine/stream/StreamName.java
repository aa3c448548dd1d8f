package io.rivulet.engine.stream;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Immutable. The name that a lite topic stands for. */
public final class StreamName {
  /** What the lite topic of a name begins with that is not allowed as it is. */
  public static final String ENCODED = "x--";

  private StreamName() {}

  /** The name; what was not encoded stands for itself. */
  public static String decode(String liteTopic) {
    if (!liteTopic.startsWith(ENCODED)) {
      return liteTopic;
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(liteTopic.substring(ENCODED.length()));
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      // Made by somebody who did not mean a name of ours.
      return liteTopic;
    }
  }
}
