package io.rivulet.server.rocketmq.reply;

import apache.rocketmq.v2.Code;
import apache.rocketmq.v2.Status;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Safe for all threads: stateless. The only place where protocol codes are chosen for refusals. */
public final class Statuses {
  public static final Status OK = Status.newBuilder().setCode(Code.OK).setMessage("OK").build();

  /** The answer to requests whose metadata names no client. */
  public static final Status CLIENT_ID_REQUIRED =
      of(Code.CLIENT_ID_REQUIRED, "the request's metadata must name a client in x-mq-client-id");

  /** The answer when no more clients can be taken up. */
  public static final Status TOO_MANY_CLIENTS =
      of(Code.TOO_MANY_REQUESTS, "too many clients are connected, close some or retry later");

  private static final Logger log = LoggerFactory.getLogger(Statuses.class);

  private Statuses() {}

  public static Status of(Code code, String message) {
    return Status.newBuilder().setCode(code).setMessage(message).build();
  }

  public static Status of(Refusal refusal) {
    return of(code(refusal.code()), refusal.message());
  }

  /**
   * The answer to an acknowledgement, a change of the invisible time or a dead-lettering. Trap 6:
   * push clients repeat these every second for ever unless they succeed or get
   * INVALID_RECEIPT_HANDLE, so whatever repeating can't mend has to be that.
   */
  public static Status ofLease(Refusal refusal) {
    return switch (refusal.code()) {
      case TOO_MANY_REQUESTS, STORAGE_FULL, UNAVAILABLE -> of(refusal);
      case ILLEGAL_TOPIC,
          ILLEGAL_GROUP,
          ILLEGAL_LITE_TOPIC,
          ILLEGAL_ARGUMENT,
          TOPIC_NOT_FOUND,
          GROUP_NOT_FOUND,
          LITE_TOPIC_NOT_FOUND,
          MESSAGE_NOT_FOUND,
          SUBSCRIPTION_NOT_FOUND,
          GONE,
          ALREADY_EXISTS,
          TYPE_MISMATCH,
          GROUP_MISMATCH,
          INVALID_RECEIPT_HANDLE,
          MESSAGE_NOT_WAITING,
          MESSAGE_TOO_LARGE,
          ILLEGAL_DELIVERY_TIME,
          STREAM_CLOSED,
          LITE_TOPIC_QUOTA_EXCEEDED,
          LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
          UNSUPPORTED ->
          of(Code.INVALID_RECEIPT_HANDLE, refusal.message());
    };
  }

  /** The protocol's code for a refusal of the engine. */
  public static Code code(RefusalCode code) {
    return switch (code) {
      case ILLEGAL_TOPIC -> Code.ILLEGAL_TOPIC;
      case ILLEGAL_GROUP, GROUP_MISMATCH -> Code.ILLEGAL_CONSUMER_GROUP;
      case ILLEGAL_LITE_TOPIC -> Code.ILLEGAL_LITE_TOPIC;
      case ILLEGAL_ARGUMENT -> Code.BAD_REQUEST;
      case TOPIC_NOT_FOUND -> Code.TOPIC_NOT_FOUND;
      case GROUP_NOT_FOUND -> Code.CONSUMER_GROUP_NOT_FOUND;
      case LITE_TOPIC_NOT_FOUND -> Code.NOT_FOUND;
      case MESSAGE_NOT_FOUND -> Code.MESSAGE_NOT_FOUND;
      case SUBSCRIPTION_NOT_FOUND -> Code.NOT_FOUND;
      case GONE -> Code.OFFSET_NOT_FOUND;
      case ALREADY_EXISTS, MESSAGE_NOT_WAITING, STREAM_CLOSED -> Code.PRECONDITION_FAILED;
      case TYPE_MISMATCH -> Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE;
      case INVALID_RECEIPT_HANDLE -> Code.INVALID_RECEIPT_HANDLE;
      case ILLEGAL_DELIVERY_TIME -> Code.ILLEGAL_DELIVERY_TIME;
      case MESSAGE_TOO_LARGE -> Code.MESSAGE_BODY_TOO_LARGE;
      case LITE_TOPIC_QUOTA_EXCEEDED -> Code.LITE_TOPIC_QUOTA_EXCEEDED;
      case LITE_SUBSCRIPTION_QUOTA_EXCEEDED -> Code.LITE_SUBSCRIPTION_QUOTA_EXCEEDED;
      case TOO_MANY_REQUESTS -> Code.TOO_MANY_REQUESTS;
      case STORAGE_FULL, UNAVAILABLE -> Code.INTERNAL_SERVER_ERROR;
      case UNSUPPORTED -> Code.UNSUPPORTED;
    };
  }

  /** The answer when a bug of ours shows while a request is handled. */
  public static Status internal(Throwable failure) {
    log.error("A request failed inside the server", failure);
    return of(Code.INTERNAL_SERVER_ERROR, "internal error, see the server's log: " + failure);
  }

  /**
   * The status above those of the single entries: theirs if it is the same for all. Trap 6: a
   * single entry's status is repeated as it is, never MULTIPLE_RESULTS, which Go takes for a
   * failure.
   */
  public static Status common(List<Status> entries) {
    Status first = entries.getFirst();
    for (Status entry : entries) {
      if (entry.getCodeValue() != first.getCodeValue()) {
        return of(Code.MULTIPLE_RESULTS, "the entries have different results, see each of them");
      }
    }
    return first;
  }
}
