package io.rivulet.server.grpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * Owned by one thread. Gets at the array inside a body that was just decoded, instead of copying
 * it: nobody else holds that array, and neither side changes it.
 */
final class BodyBytes extends ByteOutput {
  private static final byte[] NONE = {};

  private final int size;
  private byte[] bytes = NONE;
  private int filled;

  private BodyBytes(int size) {
    this.size = size;
  }

  static byte[] of(ByteString body) {
    BodyBytes output = new BodyBytes(body.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(body, output);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return output.bytes;
  }

  @Override
  public void write(byte value) {
    room()[filled++] = value;
  }

  @Override
  public void write(byte[] value, int offset, int length) {
    System.arraycopy(value, offset, room(), filled, length);
    filled += length;
  }

  @Override
  public void writeLazy(byte[] value, int offset, int length) {
    if (offset == 0 && length == size && length == value.length) {
      bytes = value;
      filled = length;
    } else {
      write(value, offset, length);
    }
  }

  @Override
  public void write(ByteBuffer value) {
    int length = value.remaining();
    value.get(room(), filled, length);
    filled += length;
  }

  @Override
  public void writeLazy(ByteBuffer value) {
    write(value);
  }

  private byte[] room() {
    if (bytes.length != size) {
      bytes = new byte[size];
    }
    return bytes;
  }
}
