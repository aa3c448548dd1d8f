package io.rivulet.cluster.forward;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Owned by who fills it, then by who reads it. Parts of calls, or of answers, that travel together:
 * one message of the stream between two nodes. Its bytes lie where they were written until the
 * transport copies them.
 */
final class Frame {
  private final List<ByteBuffer> pieces = new ArrayList<>();
  private int size;

  /** A frame as it arrives. */
  static Frame of(byte[] bytes) {
    Frame frame = new Frame();
    frame.add(bytes, 0, bytes.length);
    return frame;
  }

  void add(byte[] bytes, int from, int count) {
    pieces.add(ByteBuffer.wrap(bytes, from, count));
    size += count;
  }

  int sizeBytes() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** All of it in one buffer: its own if it arrived from the network. */
  ByteBuffer whole() {
    if (pieces.size() == 1) {
      return pieces.getFirst().duplicate();
    }
    ByteBuffer whole = ByteBuffer.allocate(size);
    pieces.forEach(each -> whole.put(each.duplicate()));
    return whole.flip();
  }

  /** Immutable. For gRPC. */
  static final class Marshaller implements MethodDescriptor.Marshaller<Frame> {
    @Override
    public InputStream stream(Frame frame) {
      return new Bytes(frame);
    }

    @Override
    public Frame parse(InputStream stream) {
      try {
        byte[] bytes = new byte[stream.available()];
        int count = stream.readNBytes(bytes, 0, bytes.length);
        if (count < bytes.length || stream.read() >= 0) {
          throw new IOException("a frame of unknown length");
        }
        return of(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Owned by the transport. */
  private static final class Bytes extends InputStream implements KnownLength, Drainable {
    private final List<ByteBuffer> pieces;
    private int piece;
    private int left;

    Bytes(Frame frame) {
      pieces = frame.pieces;
      left = frame.size;
    }

    @Override
    public int available() {
      return left;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int count) {
      Objects.checkFromIndexSize(from, count, into.length);
      if (left == 0) {
        return count == 0 ? 0 : -1;
      }
      while (!pieces.get(piece).hasRemaining()) {
        piece++;
      }
      int taken = Math.min(count, pieces.get(piece).remaining());
      pieces.get(piece).get(into, from, taken);
      left -= taken;
      return taken;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int drained = left;
      for (; piece < pieces.size(); piece++) {
        ByteBuffer bytes = pieces.get(piece);
        target.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
      }
      left = 0;
      return drained;
    }
  }
}
