package io.rivulet.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Safe for all threads: immutable. Reads requests; a large one is left where the network put it,
 * outside the heap, and its bytes fields are views of that. gRPC's own way takes a request of many
 * megabytes through two copies on the heap, which the garbage collector then moves about while
 * everybody waits.
 */
public final class KeepingMarshaller<T extends Message>
    implements MethodDescriptor.Marshaller<Incoming<T>> {
  /** Requests below are copied: decoding is quicker in one array. */
  private static final int MIN_KEPT_BYTES = 1 << 20;

  private static final int MAX_COPY_BYTES = 64 << 10;

  private final MethodDescriptor.Marshaller<T> usual;
  private final T prototype;

  /**
   * Reads requests of one type.
   *
   * @param usual the method's own marshaller, for small requests
   */
  public KeepingMarshaller(MethodDescriptor.Marshaller<T> usual, T prototype) {
    this.usual = usual;
    this.prototype = prototype;
  }

  /** The method with requests that may be kept. */
  public static <T extends Message, A> MethodDescriptor<Incoming<T>, A> keeping(
      MethodDescriptor<T, A> method, T prototype) {
    return method.toBuilder(
            new KeepingMarshaller<>(method.getRequestMarshaller(), prototype),
            method.getResponseMarshaller())
        .build();
  }

  @Override
  public InputStream stream(Incoming<T> incoming) {
    return usual.stream(incoming.message());
  }

  @Override
  public Incoming<T> parse(InputStream stream) {
    CallTracer tracer = CallTracer.current();
    if (tracer == null || !isKeepable(stream)) {
      return Incoming.copied(usual.parse(stream));
    }
    InputStream buffers = ((Detachable) stream).detach();
    try {
      ByteString bytes = view(buffers);
      return Incoming.kept(decode(bytes), buffers, bytes.size(), tracer);
    } catch (InvalidProtocolBufferException e) {
      close(buffers);
      throw Status.INTERNAL
          .withDescription("the request is not a " + prototype.getDescriptorForType().getName())
          .withCause(e)
          .asRuntimeException();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isKeepable(InputStream stream) {
    try {
      return stream instanceof KnownLength
          && stream instanceof Detachable
          && stream instanceof HasByteBuffer
          && stream.available() >= MIN_KEPT_BYTES
          && stream.markSupported();
    } catch (IOException e) {
      return false;
    }
  }

  /** All bytes of the stream, which still has them afterwards. */
  private static ByteString view(InputStream stream) throws IOException {
    // A stream that is marked does not give up the buffers that it has moved past.
    stream.mark(stream.available());
    ByteString all = ByteString.EMPTY;
    while (stream.available() > 0) {
      all = all.concat(UnsafeByteOperations.unsafeWrap(next(stream)));
    }
    stream.reset();
    return all;
  }

  /** The next piece, as it lies in memory if it can be looked into. */
  private static ByteBuffer next(InputStream stream) throws IOException {
    ByteBuffer next = null;
    try {
      next = ((HasByteBuffer) stream).getByteBuffer();
    } catch (UnsupportedOperationException merged) {
      // What came in a thousand tiny frames has been put together in an array by gRPC.
    }
    if (next != null && stream.skip(next.remaining()) > 0) {
      return next;
    }
    // Outside the heap as well: protobuf looks into buffers only if all are of one kind.
    ByteBuffer copy = ByteBuffer.allocateDirect(Math.min(stream.available(), MAX_COPY_BYTES));
    byte[] bytes = new byte[copy.capacity()];
    return copy.put(bytes, 0, stream.read(bytes)).flip();
  }

  private T decode(ByteString bytes) throws InvalidProtocolBufferException {
    CodedInputStream in = bytes.newCodedInput();
    in.enableAliasing(true);
    in.setSizeLimit(Integer.MAX_VALUE);
    @SuppressWarnings("unchecked") // a message's parser makes messages of its own type
    T message = (T) prototype.getParserForType().parseFrom(in);
    in.checkLastTagWas(0);
    return message;
  }

  private static void close(InputStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
