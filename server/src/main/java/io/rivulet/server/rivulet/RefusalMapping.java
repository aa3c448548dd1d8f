package io.rivulet.server.rivulet;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;

/** Immutable. Says a refusal of the engine in the words of rivulet.v1. */
final class RefusalMapping {
  private RefusalMapping() {}

  static io.rivulet.api.v1.Refusal toWire(Refusal refusal) {
    io.rivulet.api.v1.Refusal.Builder builder =
        io.rivulet.api.v1.Refusal.newBuilder()
            .setCode(toWire(refusal.code()))
            .setMessage(refusal.message());
    refusal.retryAfter().ifPresent(time -> builder.setRetryAfter(Durations.write(time)));
    return builder.build();
  }

  /** The end of a call that is refused as a whole. */
  static StatusRuntimeException toStatus(Refusal refusal) {
    return StatusProto.toStatusRuntimeException(
        Status.newBuilder()
            .setCode(statusCode(refusal.code()).getNumber())
            .setMessage(refusal.message())
            .addDetails(Any.pack(toWire(refusal)))
            .build());
  }

  /** Whether the same request may succeed a moment later. */
  static boolean isTransient(RefusalCode code) {
    return code == RefusalCode.TOO_MANY_REQUESTS || code == RefusalCode.UNAVAILABLE;
  }

  static Code statusCode(RefusalCode code) {
    return switch (code) {
      case ILLEGAL_TOPIC,
          ILLEGAL_GROUP,
          ILLEGAL_LITE_TOPIC,
          ILLEGAL_ARGUMENT,
          ILLEGAL_DELIVERY_TIME,
          MESSAGE_TOO_LARGE ->
          Code.INVALID_ARGUMENT;
      case TOPIC_NOT_FOUND,
          GROUP_NOT_FOUND,
          LITE_TOPIC_NOT_FOUND,
          MESSAGE_NOT_FOUND,
          SUBSCRIPTION_NOT_FOUND ->
          Code.NOT_FOUND;
      case GONE -> Code.OUT_OF_RANGE;
      case ALREADY_EXISTS -> Code.ALREADY_EXISTS;
      case TYPE_MISMATCH,
          GROUP_MISMATCH,
          INVALID_RECEIPT_HANDLE,
          MESSAGE_NOT_WAITING,
          STREAM_CLOSED,
          LITE_TOPIC_QUOTA_EXCEEDED,
          LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
          STORAGE_FULL ->
          Code.FAILED_PRECONDITION;
      case TOO_MANY_REQUESTS -> Code.RESOURCE_EXHAUSTED;
      case UNSUPPORTED -> Code.UNIMPLEMENTED;
      case UNAVAILABLE -> Code.UNAVAILABLE;
    };
  }

  private static io.rivulet.api.v1.RefusalCode toWire(RefusalCode code) {
    return io.rivulet.api.v1.RefusalCode.valueOf("REFUSAL_CODE_" + code.name());
  }
}
