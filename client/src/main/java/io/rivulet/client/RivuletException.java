package io.rivulet.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.rivulet.api.v1.Refusal;
import io.rivulet.api.v1.RefusalCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Immutable. What was asked did not happen; the message says why, for people. */
public final class RivuletException extends RuntimeException {
  private final RefusalCode code;
  private final @Nullable Duration retryAfter;

  RivuletException(RefusalCode code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    retryAfter = null;
  }

  private RivuletException(Refusal refusal, @Nullable Throwable cause) {
    super(refusal.getMessage(), cause);
    code = refusal.getCode();
    com.google.protobuf.Duration time = refusal.getRetryAfter();
    retryAfter =
        refusal.hasRetryAfter() ? Duration.ofSeconds(time.getSeconds(), time.getNanos()) : null;
  }

  /** Why, for programs. UNAVAILABLE also when the server can't be reached. */
  public RefusalCode code() {
    return code;
  }

  /** When the same request is likely to be taken, if the server could say. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Whether the same request may succeed a moment later. */
  public boolean isTransient() {
    return code == RefusalCode.REFUSAL_CODE_UNAVAILABLE
        || code == RefusalCode.REFUSAL_CODE_TOO_MANY_REQUESTS;
  }

  static RivuletException of(Refusal refusal) {
    return new RivuletException(refusal, null);
  }

  /** Says the end of a call in our words. */
  static RivuletException of(Throwable failure, String endpoint) {
    if (failure instanceof RivuletException known) {
      return known;
    }
    if (failure instanceof StatusRuntimeException ended) {
      Refusal refusal = refusal(ended);
      return refusal != null ? new RivuletException(refusal, ended) : ofTransport(ended, endpoint);
    }
    throw new IllegalStateException(
        "a call ended with something that gRPC does not end with", failure);
  }

  private static @Nullable Refusal refusal(StatusRuntimeException ended) {
    com.google.rpc.@Nullable Status status = StatusProto.fromThrowable(ended);
    if (status == null) {
      return null;
    }
    for (Any detail : status.getDetailsList()) {
      if (detail.is(Refusal.class)) {
        try {
          return detail.unpack(Refusal.class);
        } catch (InvalidProtocolBufferException damaged) {
          return null;
        }
      }
    }
    return null;
  }

  /** The end of a call that the other side did not speak about in our words. */
  private static RivuletException ofTransport(StatusRuntimeException ended, String endpoint) {
    Status status = ended.getStatus();
    String description = status.getDescription() == null ? "" : ": " + status.getDescription();
    return switch (isConnectionLost(status) ? Status.Code.UNAVAILABLE : status.getCode()) {
      case UNAVAILABLE ->
          new RivuletException(
              RefusalCode.REFUSAL_CODE_UNAVAILABLE,
              "can't reach a server at " + endpoint + reason(status),
              ended);
      case DEADLINE_EXCEEDED ->
          new RivuletException(
              RefusalCode.REFUSAL_CODE_UNAVAILABLE,
              "no answer from " + endpoint + " in the time allowed",
              ended);
      case UNIMPLEMENTED ->
          new RivuletException(
              RefusalCode.REFUSAL_CODE_UNSUPPORTED,
              "the server at "
                  + endpoint
                  + " does not speak rivulet.v1 or not all of it"
                  + description,
              ended);
      case RESOURCE_EXHAUSTED ->
          new RivuletException(
              RefusalCode.REFUSAL_CODE_TOO_MANY_REQUESTS, "too much at once" + description, ended);
      default ->
          new RivuletException(
              RefusalCode.REFUSAL_CODE_UNSPECIFIED,
              "the call to " + endpoint + " ended with " + status.getCode() + description,
              ended);
    };
  }

  /**
   * A connection that breaks while a request is being written ends as UNKNOWN, a call that a
   * stopping server drops as CANCELLED; what this side cancels it does not listen to any more.
   */
  private static boolean isConnectionLost(Status status) {
    if (status.getCode() == Status.Code.CANCELLED) {
      return true;
    }
    if (status.getCode() != Status.Code.UNKNOWN) {
      return false;
    }
    Throwable cause = status.getCause();
    while (cause != null && !(cause instanceof IOException)) {
      cause = cause.getCause();
    }
    return cause != null;
  }

  private static String reason(Status status) {
    Throwable cause = status.getCause();
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    String reason = cause == null ? status.getDescription() : cause.getMessage();
    return reason == null ? "" : " (" + reason + ")";
  }
}
