package io.rivulet.engine.refusal;

/** Why a request was refused. The server maps each to its protocol's code one to one. */
public enum RefusalCode {
  ILLEGAL_TOPIC,
  ILLEGAL_GROUP,
  ILLEGAL_LITE_TOPIC,
  ILLEGAL_ARGUMENT,
  TOPIC_NOT_FOUND,
  GROUP_NOT_FOUND,
  LITE_TOPIC_NOT_FOUND,
  MESSAGE_NOT_FOUND,
  /** There is no such subscription to streams. */
  SUBSCRIPTION_NOT_FOUND,
  /** The name or offset existed in an earlier life, or was removed by retention. */
  GONE,
  ALREADY_EXISTS,
  /** The message's kind does not fit the topic's type. */
  TYPE_MISMATCH,
  /** The group's kind or bound topic does not fit the request. */
  GROUP_MISMATCH,
  INVALID_RECEIPT_HANDLE,
  /** The message is running, done or cancelled, and the request needs one that waits. */
  MESSAGE_NOT_WAITING,
  MESSAGE_TOO_LARGE,
  /** The message is to be delivered later than messages may be. */
  ILLEGAL_DELIVERY_TIME,
  /** Nothing may be appended to the stream any more. */
  STREAM_CLOSED,
  LITE_TOPIC_QUOTA_EXCEEDED,
  LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
  TOO_MANY_REQUESTS,
  /** No room on the disk for new messages; consuming goes on. */
  STORAGE_FULL,
  UNSUPPORTED,
  /** The engine is stopping or its log has failed. */
  UNAVAILABLE;

  /**
   * Whether such a refusal may follow from what is stored: whoever does not know the latest of it
   * may refuse wrongly. The others follow from the request itself, or say that it is to be tried
   * again.
   */
  public boolean followsFromState() {
    return switch (this) {
      case ILLEGAL_ARGUMENT,
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
          STREAM_CLOSED,
          LITE_TOPIC_QUOTA_EXCEEDED,
          LITE_SUBSCRIPTION_QUOTA_EXCEEDED ->
          true;
      case ILLEGAL_TOPIC,
          ILLEGAL_GROUP,
          ILLEGAL_LITE_TOPIC,
          MESSAGE_TOO_LARGE,
          ILLEGAL_DELIVERY_TIME,
          TOO_MANY_REQUESTS,
          STORAGE_FULL,
          UNSUPPORTED,
          UNAVAILABLE ->
          false;
    };
  }
}
