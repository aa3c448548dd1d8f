package io.rivulet.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.rivulet.engine.message.Body;
import java.nio.ByteBuffer;

/** Immutable. Bodies of the engine as protobuf's bytes, without a copy: neither is changed. */
public final class BodyString {
  private BodyString() {}

  public static ByteString of(Body body) {
    if (body.isWhole()) {
      return UnsafeByteOperations.unsafeWrap(body.toArray());
    }
    ByteString whole = ByteString.EMPTY;
    for (ByteBuffer piece : body.pieces()) {
      whole = whole.concat(UnsafeByteOperations.unsafeWrap(piece));
    }
    return whole;
  }
}
