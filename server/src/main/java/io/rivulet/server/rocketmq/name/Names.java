package io.rivulet.server.rocketmq.name;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Optional;
import java.util.Set;

/**
 * Immutable. What is allowed in names, with the limits and codes of the reference; an empty answer
 * means that a name is fine. By character table: this runs for every message.
 */
public final class Names {
  /** UTF-8 bytes of a lite topic's name; told to clients in their settings. */
  public static final int MAX_LITE_TOPIC_SIZE = 64;

  private static final int MAX_TOPIC_SIZE = 127;
  private static final int MAX_GROUP_SIZE = 120;
  private static final int MAX_MESSAGE_GROUP_SIZE = 63;
  private static final String SYSTEM_PREFIX = "rmq_sys_";
  private static final Set<String> SYSTEM_TOPICS =
      Set.of(
          "TBW102",
          "SCHEDULE_TOPIC_XXXX",
          "BenchmarkTest",
          "SELF_TEST_TOPIC",
          "OFFSET_MOVED_EVENT",
          "RMQ_SYS_TRANS_HALF_TOPIC",
          "RMQ_SYS_TRANS_OP_HALF_TOPIC",
          "RMQ_SYS_TRACE_TOPIC",
          "TRANS_CHECK_MAX_TIME_TOPIC");

  private static final boolean[] LITE_CHARACTERS = table("_-");
  private static final boolean[] NAME_CHARACTERS = table("_-%|");

  private Names() {}

  public static Optional<Status> checkTopic(String name) {
    if (name.isEmpty() || name.length() > MAX_TOPIC_SIZE || !consistsOf(name, NAME_CHARACTERS)) {
      return refused(
          Code.ILLEGAL_TOPIC, "topic", name, "1 to 127 of the characters a-z A-Z 0-9 _ - % |");
    }
    if (name.startsWith(SYSTEM_PREFIX) || SYSTEM_TOPICS.contains(name)) {
      return Optional.of(
          Statuses.of(
              Code.ILLEGAL_TOPIC, "the topic '" + name + "' is reserved, choose another name"));
    }
    return Optional.empty();
  }

  public static Optional<Status> checkGroup(String name) {
    if (name.isEmpty() || name.length() > MAX_GROUP_SIZE || !consistsOf(name, NAME_CHARACTERS)) {
      return refused(
          Code.ILLEGAL_CONSUMER_GROUP,
          "consumer group",
          name,
          "1 to 120 of the characters a-z A-Z 0-9 _ - % |");
    }
    return Optional.empty();
  }

  public static Optional<Status> checkLiteTopic(String name) {
    if (name.isEmpty()
        || name.length() > MAX_LITE_TOPIC_SIZE
        || !consistsOf(name, LITE_CHARACTERS)) {
      return refused(
          Code.ILLEGAL_LITE_TOPIC, "lite topic", name, "1 to 64 of the characters a-z A-Z 0-9 _ -");
    }
    return Optional.empty();
  }

  public static Optional<Status> checkMessageGroup(String name) {
    if (name.isBlank() || utf8Size(name) > MAX_MESSAGE_GROUP_SIZE || hasControl(name)) {
      return refused(
          Code.ILLEGAL_MESSAGE_GROUP,
          "message group",
          name,
          "not blank, at most 63 bytes in UTF-8, without control characters");
    }
    return Optional.empty();
  }

  /** Whether there is a control character, which no text that clients choose may contain. */
  public static boolean hasControl(String text) {
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character < ' ' || (character >= 0x7f && character <= 0x9f)) {
        return true;
      }
    }
    return false;
  }

  /** The bytes that a text takes in UTF-8, without encoding it. */
  public static int utf8Size(String text) {
    int size = text.length();
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character >= 0x80) {
        // A surrogate pair is two characters and four bytes: two for each half.
        size += character < 0x800 || Character.isSurrogate(character) ? 1 : 2;
      }
    }
    return size;
  }

  private static Optional<Status> refused(Code code, String what, String name, String allowed) {
    String shown = name.length() <= 150 ? name : name.substring(0, 150) + "...";
    return Optional.of(
        Statuses.of(code, "illegal " + what + " '" + shown + "': allowed is " + allowed));
  }

  private static boolean consistsOf(String name, boolean[] allowed) {
    for (int index = 0; index < name.length(); index++) {
      char character = name.charAt(index);
      if (character >= allowed.length || !allowed[character]) {
        return false;
      }
    }
    return true;
  }

  private static boolean[] table(String extra) {
    boolean[] allowed = new boolean[128];
    for (char character = 0; character < allowed.length; character++) {
      allowed[character] =
          (character >= 'a' && character <= 'z')
              || (character >= 'A' && character <= 'Z')
              || (character >= '0' && character <= '9')
              || extra.indexOf(character) >= 0;
    }
    return allowed;
  }
}
