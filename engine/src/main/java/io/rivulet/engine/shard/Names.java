package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Immutable. Which names topics, groups and lite topics may have: those of the protocol. */
final class Names {
  private static final int MAX_TOPIC = 127;
  private static final int MAX_GROUP = 120;
  private static final int MAX_LITE_TOPIC = 64;
  private static final int MAX_MESSAGE_GROUP_BYTES = 64;

  /** The topic that holds the dead letters of a group is named by this and the group. */
  static final String DEAD_LETTER_PREFIX = "%DLQ%";

  /**
   * Before the name of a topic: what of it waits for its time is in a topic of this name. Nobody
   * can ask for that one: the name is not allowed.
   */
  static final String PARKING_PREFIX = "~";

  /**
   * Before the name of a topic: what forks in it begin with whose sources are in other shards is in
   * a topic of this name. Nobody can ask for that one, either.
   */
  static final String COPIES_PREFIX = "=";

  private Names() {}

  /** The topic as people know it. */
  static String known(String name) {
    boolean isHidden = name.startsWith(PARKING_PREFIX) || name.startsWith(COPIES_PREFIX);
    return isHidden ? name.substring(1) : name;
  }

  static @Nullable Refusal checkTopic(String name) {
    return check(
        name, MAX_TOPIC + DEAD_LETTER_PREFIX.length(), "%|-_", RefusalCode.ILLEGAL_TOPIC, "topic");
  }

  static @Nullable Refusal checkGroup(String name) {
    return check(name, MAX_GROUP, "%|-_", RefusalCode.ILLEGAL_GROUP, "consumer group");
  }

  static @Nullable Refusal checkLiteTopic(String name) {
    return check(name, MAX_LITE_TOPIC, "-_", RefusalCode.ILLEGAL_LITE_TOPIC, "lite topic");
  }

  static @Nullable Refusal checkMessageGroup(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    boolean isClean = name.chars().noneMatch(Character::isISOControl);
    return !name.isBlank() && isClean && bytes < MAX_MESSAGE_GROUP_BYTES
        ? null
        : new Refusal(
            RefusalCode.ILLEGAL_ARGUMENT,
            "the message group '"
                + name
                + "' is not allowed: 1 to "
                + (MAX_MESSAGE_GROUP_BYTES - 1)
                + " bytes in UTF-8, not blank, no control characters");
  }

  private static @Nullable Refusal check(
      String name, int maxLength, String others, RefusalCode code, String what) {
    boolean isLegal = !name.isEmpty() && name.length() <= maxLength;
    for (int i = 0; isLegal && i < name.length(); i++) {
      char c = name.charAt(i);
      isLegal =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || others.indexOf(c) >= 0;
    }
    return isLegal
        ? null
        : new Refusal(
            code,
            "the "
                + what
                + " name '"
                + name
                + "' is not allowed: 1 to "
                + maxLength
                + " characters out of A-Z a-z 0-9 "
                + String.join(" ", others.split("")));
  }
}
