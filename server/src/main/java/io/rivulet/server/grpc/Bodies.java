package io.rivulet.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.rivulet.engine.message.Body;
import java.nio.ByteBuffer;

/** Immutable. Bodies of the engine and of protobuf, without copies: neither side changes them. */
public final class Bodies {
  /** Where the network's buffers are kept, bodies from this size on stay in them. */
  private static final int MIN_VIEWED_BYTES = 64 << 10;

  private Bodies() {}

  /**
   * A body that has just been decoded.
   *
   * @param isKept whether it is a view of buffers that outlive its use ({@link Incoming#isKept})
   */
  public static Body toEngine(ByteString body, boolean isKept) {
    return isKept && body.size() >= MIN_VIEWED_BYTES
        ? Body.of(body.asReadOnlyByteBufferList())
        : Body.of(BodyBytes.of(body));
  }

  public static ByteString toWire(Body body) {
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
