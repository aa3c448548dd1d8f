package io.rivulet.bench.redis;

import java.util.List;

/** Immutable. What Redis answers to one command. */
public sealed interface RedisReply {
  /** Null, such as a read that found nothing. */
  record Nothing() implements RedisReply {}

  /** A whole number. */
  record Count(long value) implements RedisReply {}

  /** A string, simple or of any bytes. */
  @SuppressWarnings("ArrayRecordComponent") // it is not compared
  record Bytes(byte[] value) implements RedisReply {}

  /** An array. */
  record Several(List<RedisReply> values) implements RedisReply {}

  /** An error: the command was not executed. */
  record Refused(String reason) implements RedisReply {}

  /** The parts of an array; none of null. */
  default List<RedisReply> parts() {
    return switch (this) {
      case Several several -> several.values();
      case Nothing _ -> List.of();
      case Count _, Bytes _, Refused _ -> throw new RedisException("no array: " + this);
    };
  }

  /** The bytes of a string. */
  default byte[] bytes() {
    if (this instanceof Bytes bytes) {
      return bytes.value();
    }
    throw new RedisException("no string: " + this);
  }
}
