package io.rivulet.server.rocketmq.send;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import apache.rocketmq.v2.SystemProperties;
import io.rivulet.server.rocketmq.name.Names;
import io.rivulet.server.rocketmq.reply.Statuses;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Immutable. What is allowed in a message's tag, keys and properties. */
final class PropertyRules {
  private static final int MAX_PROPERTIES = 128;
  private static final int MAX_PROPERTIES_SIZE = 16 << 10;

  /** Names that the reference keeps for itself; a client that relies on one would be misled. */
  private static final Set<String> RESERVED =
      Set.of(
          "KEYS",
          "TAGS",
          "WAIT",
          "DELAY",
          "RETRY_TOPIC",
          "REAL_TOPIC",
          "REAL_QID",
          "TRAN_MSG",
          "PGROUP",
          "MIN_OFFSET",
          "MAX_OFFSET",
          "BUYER_ID",
          "ORIGIN_MESSAGE_ID",
          "TRANSFER_FLAG",
          "CORRECTION_FLAG",
          "MQ2_FLAG",
          "RECONSUME_TIME",
          "MSG_REGION",
          "TRACE_ON",
          "UNIQ_KEY",
          "EXTEND_UNIQ_INFO",
          "MAX_RECONSUME_TIMES",
          "CONSUME_START_TIME",
          "POP_CK",
          "POP_CK_OFFSET",
          "1ST_POP_TIME",
          "TRAN_PREPARED_QUEUE_OFFSET",
          "TRANSACTION_CHECK_TIMES",
          "CHECK_IMMUNITY_TIME_IN_SECONDS",
          "DUP_INFO",
          "INSTANCE_ID",
          "CORRELATION_ID",
          "REPLY_TO_CLIENT",
          "TTL",
          "ARRIVE_TIME",
          "PUSH_REPLY_TIME",
          "CLUSTER",
          "MSG_TYPE",
          "INNER_MULTI_DISPATCH",
          "INNER_MULTI_QUEUE_OFFSET",
          "INNER_NUM",
          "INNER_BASE",
          "__SHARDINGKEY",
          "__LITE_TOPIC",
          "_SYS_MSG_PRIORITY_",
          "BORN_HOST",
          "BORN_TIMESTAMP",
          "CRC32",
          "DLQ_ORIGIN_TOPIC",
          "DLQ_ORIGIN_MESSAGE_ID",
          "REDIRECT",
          "TIMER_DELAY_LEVEL",
          "TIMER_DELAY_MS",
          "TIMER_DELAY_SEC",
          "TIMER_DELIVER_MS",
          "TIMER_ENQUEUE_MS",
          "TIMER_DEQUEUE_MS",
          "TIMER_ROLL_TIMES",
          "TIMER_OUT_MS",
          "TIMER_DEL_UNIQKEY");

  private PropertyRules() {}

  static Optional<Status> check(SystemProperties system, Map<String, String> user) {
    if (system.hasTag()) {
      String tag = system.getTag();
      if (tag.isBlank() || tag.indexOf('|') >= 0 || Names.hasControl(tag)) {
        return refused(
            Code.ILLEGAL_MESSAGE_TAG,
            "illegal tag '" + tag + "': not blank, without '|' and control characters");
      }
    }
    for (int index = 0; index < system.getKeysCount(); index++) {
      String key = system.getKeys(index);
      if (key.isBlank() || Names.hasControl(key)) {
        return refused(
            Code.ILLEGAL_MESSAGE_KEY,
            "illegal key '" + key + "': not blank, without control characters");
      }
    }
    return user.isEmpty() ? Optional.empty() : checkUser(system, user);
  }

  private static Optional<Status> checkUser(SystemProperties system, Map<String, String> user) {
    if (user.size() > MAX_PROPERTIES) {
      return refused(
          Code.MESSAGE_PROPERTIES_TOO_LARGE,
          user.size() + " properties are too many, at most " + MAX_PROPERTIES + " are allowed");
    }
    int size = Names.utf8Size(system.getTag());
    for (int index = 0; index < system.getKeysCount(); index++) {
      size += Names.utf8Size(system.getKeys(index));
    }
    for (Map.Entry<String, String> entry : user.entrySet()) {
      String key = entry.getKey();
      if (key.isBlank() || RESERVED.contains(key) || Names.hasControl(key)) {
        return refused(
            Code.ILLEGAL_MESSAGE_PROPERTY_KEY,
            "illegal property name '"
                + key
                + "': not blank, without control characters, not one reserved by RocketMQ");
      }
      if (Names.hasControl(entry.getValue())) {
        return refused(
            Code.ILLEGAL_MESSAGE_PROPERTY_KEY,
            "the value of the property '" + key + "' contains a control character");
      }
      size += Names.utf8Size(key) + Names.utf8Size(entry.getValue());
    }
    if (size > MAX_PROPERTIES_SIZE) {
      return refused(
          Code.MESSAGE_PROPERTIES_TOO_LARGE,
          "tag, keys and properties take "
              + size
              + " bytes, at most "
              + MAX_PROPERTIES_SIZE
              + " are allowed");
    }
    return Optional.empty();
  }

  private static Optional<Status> refused(Code code, String message) {
    return Optional.of(Statuses.of(code, message));
  }
}
