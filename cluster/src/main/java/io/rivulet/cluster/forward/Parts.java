package io.rivulet.cluster.forward;

import io.grpc.Status;
import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Safe for all threads: no state. What a frame is made of. Each part is its kind (byte), the number
 * of its call (long), and:
 *
 * <pre>
 * WHOLE    a call, or an answer: head, length (int), so many bytes
 * OFFER    of a large one what precedes the bytes: head, length (int)
 * ROOM     from who was offered it: there is room for all of it, the bytes may come
 * PIECE    length (int), so many of its next bytes; the last piece ends it
 * TAKEN    from who serves: a call that came in pieces was made, what follows it may follow
 * CANCEL   from who calls: nobody waits for the answer any more
 * FAILURE  instead of an answer: a gRPC status (int), length (int), why (UTF-8)
 * </pre>
 *
 * The head of a call is shard (int), number of the method (int) and for how many milliseconds its
 * caller waits (int); an answer has none.
 */
final class Parts {
  static final int WHOLE = 1;
  static final int OFFER = 2;
  static final int ROOM = 3;
  static final int PIECE = 4;
  static final int TAKEN = 5;
  static final int CANCEL = 6;
  static final int FAILURE = 7;

  /** What is larger is offered, and goes in pieces of this size. */
  static final int PIECE_BYTES = 64 << 10;

  /** A frame that has so many is full; it may be larger by the last part. */
  static final int FRAME_BYTES = 2 * PIECE_BYTES;

  /** No frame is larger. */
  static final int MOST_FRAME_BYTES = 4 * PIECE_BYTES;

  private static final int CALL_HEAD_BYTES = 9 + 12 + 4;
  private static final int ANSWER_HEAD_BYTES = 9 + 4;
  private static final int MOST_REASON_CHARS = 1000;

  private Parts() {}

  /** The beginning of a call; what it is asked with follows. */
  static ByteWriter call(long number, int shard, int method, long patienceMillis, int capacity) {
    return new ByteWriter(capacity)
        .putByte(WHOLE)
        .putLong(number)
        .putInt(shard)
        .putInt(method)
        .putInt(Math.clamp(patienceMillis, 0, Integer.MAX_VALUE))
        .putInt(0);
  }

  /** Of what began with {@link #call}. */
  static Parcel calling(long number, ByteWriter written) {
    return parcel(number, written, CALL_HEAD_BYTES);
  }

  /** The beginning of an answer; the result follows. */
  static ByteWriter answer(long number, int capacity) {
    return new ByteWriter(capacity).putByte(WHOLE).putLong(number).putInt(0);
  }

  /** Of what began with {@link #answer}. */
  static Parcel answering(long number, ByteWriter written) {
    return parcel(number, written, ANSWER_HEAD_BYTES);
  }

  private static Parcel parcel(long number, ByteWriter written, int headBytes) {
    written.setInt(headBytes - 4, written.size() - headBytes);
    if (written.size() - headBytes > PIECE_BYTES) {
      written.array()[0] = OFFER;
    }
    return new Parcel(number, written.array(), headBytes, written.size());
  }

  /** One of the kinds that say nothing but the number. */
  static Parcel sign(int kind, long number) {
    ByteWriter out = new ByteWriter(16).putByte(kind).putLong(number);
    return new Parcel(number, out.array(), out.size(), out.size());
  }

  static Parcel failure(long number, Status status) {
    String why = String.valueOf(status.getDescription());
    byte[] text =
        why.substring(0, Math.min(why.length(), MOST_REASON_CHARS))
            .getBytes(StandardCharsets.UTF_8);
    ByteWriter out = new ByteWriter(32 + text.length).putByte(FAILURE).putLong(number);
    out.putInt(status.getCode().value()).putInt(text.length).putBytes(text);
    return new Parcel(number, out.array(), out.size(), out.size());
  }

  /** The status of a failure; the reader stands behind its number. */
  static Status failure(ByteBuffer frame) {
    return Status.fromCodeValue(frame.getInt())
        .withDescription(StandardCharsets.UTF_8.decode(bytes(frame)).toString());
  }

  /** The bytes of a part, whose length is next. */
  static ByteBuffer bytes(ByteBuffer frame) {
    return next(frame, frame.getInt());
  }

  private static ByteBuffer next(ByteBuffer frame, int count) {
    ByteBuffer bytes = frame.slice(frame.position(), count);
    frame.position(frame.position() + count);
    return bytes;
  }

  static ByteReader reader(ByteBuffer frame) {
    return new ByteReader(bytes(frame));
  }

  /** The beginning of a piece of so many bytes. */
  static byte[] pieceHead(long number, int bytes) {
    return new ByteWriter(16).putByte(PIECE).putLong(number).putInt(bytes).toBytes();
  }
}
