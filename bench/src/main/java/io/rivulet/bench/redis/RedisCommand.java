package io.rivulet.bench.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** Owned by the thread that makes it. One command as Redis reads it: an array of strings. */
public final class RedisCommand {
  private static final byte[] LINE_END = {'\r', '\n'};

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);

  /** A command of so many words, its name among them; all of them must be added. */
  public RedisCommand(int words) {
    header('*', words);
  }

  public RedisCommand add(String word) {
    return add(word.getBytes(UTF_8));
  }

  public RedisCommand add(byte[] word) {
    header('$', word.length);
    bytes.writeBytes(word);
    bytes.writeBytes(LINE_END);
    return this;
  }

  private void header(char type, int count) {
    bytes.write(type);
    bytes.writeBytes(Integer.toString(count).getBytes(US_ASCII));
    bytes.writeBytes(LINE_END);
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
