package io.rivulet.bench.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Owned by the thread that reads a connection. Takes replies of RESP 2 apart. */
final class RedisReplies {
  private static final int MAX_LINE_BYTES = 64 << 10;

  private final InputStream in;

  RedisReplies(InputStream in) {
    this.in = in;
  }

  /** The next reply; waits for it. */
  RedisReply next() throws IOException {
    int type = read();
    String line = line();
    return switch (type) {
      case '+' -> new RedisReply.Bytes(line.getBytes(UTF_8));
      case '-' -> new RedisReply.Refused(line);
      case ':' -> new RedisReply.Count(Long.parseLong(line));
      case '$' -> bytes(Integer.parseInt(line));
      case '*' -> array(Integer.parseInt(line));
      default -> throw new IOException("a reply of unknown type " + type + ": " + line);
    };
  }

  private RedisReply bytes(int length) throws IOException {
    if (length < 0) {
      return new RedisReply.Nothing();
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length || read() != '\r' || read() != '\n') {
      throw new EOFException("a reply of " + length + " bytes is cut off");
    }
    return new RedisReply.Bytes(bytes);
  }

  private RedisReply array(int count) throws IOException {
    if (count < 0) {
      return new RedisReply.Nothing();
    }
    List<RedisReply> replies = new ArrayList<>(Math.min(count, 1024));
    for (int i = 0; i < count; i++) {
      replies.add(next());
    }
    return new RedisReply.Several(List.copyOf(replies));
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(32);
    for (int next = read(); next != '\r'; next = read()) {
      if (line.size() == MAX_LINE_BYTES) {
        throw new IOException("a line of a reply has no end");
      }
      line.write(next);
    }
    if (read() != '\n') {
      throw new IOException("a line of a reply ends in the middle");
    }
    return line.toString(UTF_8);
  }

  private int read() throws IOException {
    int next = in.read();
    if (next < 0) {
      throw new EOFException("the server has closed the connection");
    }
    return next;
  }
}
