package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.log.TrimmedException;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import io.rivulet.engine.message.StoredMessage;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Safe for all threads: reads the log only. Turns places in the log into messages; may block on the
 * disk, so it is never called on the shard thread.
 */
final class MessageLoader {
  /**
   * Of a large message, so much is read for what precedes its body, which is nearly always less.
   */
  private static final int HEAD_BYTES = 64 << 10;

  private final CommitLog log;

  MessageLoader(CommitLog log) {
    this.log = log;
  }

  /**
   * Immutable. A place in the log, taken on the shard thread.
   *
   * @param run the run that holds the message
   */
  record Place(long queueId, Run run, long offset) {}

  /** Whether what could not be read never will be. */
  static boolean isLost(IOException failure) {
    return failure instanceof CorruptLogException || failure instanceof TrimmedException;
  }

  /** What is said when messages can't be read; only what is lost for good is called so. */
  static Refusal refusalOf(IOException failure) {
    return isLost(failure)
        ? new Refusal(
            RefusalCode.MESSAGE_NOT_FOUND, "the log can't be read there: " + failure.getMessage())
        : new Refusal(
            RefusalCode.UNAVAILABLE,
            "the log can't be read there just now, try again: " + failure.getMessage());
  }

  /** Reads one message. */
  StoredMessage load(Place place) throws IOException {
    Run run = place.run;
    long position = run.positionOf(place.offset);
    ByteBuffer bytes = log.read(position, run.lengthOf(place.offset));
    Message message =
        run.isChunked()
            ? assemble(chunks(bytes), run.chunkedBytes, position, Body.Space.HEAP)
            : MessageCodec.decode(bytes, position);
    return stored(place, message);
  }

  /** Reads one message; of a large one only what precedes the body. */
  private StoredMessage loadHead(Place place) throws IOException {
    Run run = place.run;
    if (!run.isChunked()) {
      return load(place);
    }
    long position = run.positionOf(place.offset);
    List<Chunk> chunks = chunks(log.read(position, run.lengthOf(place.offset)));
    Chunk first = chunks.getFirst();
    try {
      Message message =
          MessageCodec.decodeHead(
              log.read(first.position, Math.min(HEAD_BYTES, first.length)),
              run.chunkedBytes,
              space -> assemble(chunks, run.chunkedBytes, position, space).body(),
              position);
      return stored(place, message);
    } catch (CorruptLogException unusual) {
      // It has a head beyond all measure, or is damaged; a look at all of it tells.
      return load(place);
    }
  }

  /**
   * Reads messages, neighbours in one go.
   *
   * @throws IOException if any of them can't be read
   */
  List<StoredMessage> loadAll(List<Place> places) throws IOException {
    return loadAll(places, this::load);
  }

  /**
   * The same, but the bodies of large messages are left in the log until they are {@linkplain
   * io.rivulet.engine.message.Body#load loaded}.
   */
  List<StoredMessage> loadHeads(List<Place> places) throws IOException {
    return loadAll(places, this::loadHead);
  }

  private interface Loading {
    StoredMessage load(Place place) throws IOException;
  }

  private List<StoredMessage> loadAll(List<Place> places, Loading single) throws IOException {
    if (places.size() == 1) {
      return List.of(single.load(places.getFirst()));
    }
    StoredMessage[] messages = new StoredMessage[places.size()];
    List<Piece> pieces = new ArrayList<>(places.size());
    for (int i = 0; i < messages.length; i++) {
      Place place = places.get(i);
      if (place.run.isChunked()) {
        messages[i] = single.load(place);
      } else {
        pieces.add(new Piece(i, place.run.positionOf(place.offset)));
      }
    }
    // Messages of many queues lie in the order in which they came, not in that of the reply.
    pieces.sort(Comparator.comparingLong(Piece::position));
    loadPieces(places, pieces, messages);
    return List.of(messages);
  }

  /** Where the n-th of the messages lies. */
  private record Piece(int index, long position) {}

  private void loadPieces(List<Place> places, List<Piece> pieces, StoredMessage[] into)
      throws IOException {
    long[] positions = new long[pieces.size()];
    int[] lengths = new int[positions.length];
    for (int i = 0; i < positions.length; i++) {
      Place place = places.get(pieces.get(i).index);
      positions[i] = pieces.get(i).position;
      lengths[i] = place.run.lengthOf(place.offset);
    }
    ByteBuffer[] bytes = log.readAll(positions, lengths);
    for (int i = 0; i < bytes.length; i++) {
      int index = pieces.get(i).index;
      into[index] = stored(places.get(index), MessageCodec.decode(bytes[i], positions[i]));
    }
  }

  private static StoredMessage stored(Place place, Message message) {
    return new StoredMessage(message, place.queueId, place.offset, place.run.storeMillis);
  }

  /** A part of a large message. */
  private record Chunk(long position, int length) {}

  private static List<Chunk> chunks(ByteBuffer descriptor) throws CorruptLogException {
    ByteReader in = new ByteReader(descriptor.duplicate());
    int count = in.getInt();
    if (count < 1 || count * 12L != in.remaining()) {
      throw new CorruptLogException(
          "a list of " + count + " chunks in " + in.remaining() + " bytes");
    }
    List<Chunk> chunks = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      chunks.add(new Chunk(in.getLong(), in.getInt()));
    }
    return chunks;
  }

  /** Reads a large message; its body is made of what was read. */
  private Message assemble(List<Chunk> chunks, long size, long position, Body.Space space)
      throws IOException {
    long bytes = 0;
    for (Chunk chunk : chunks) {
      bytes += chunk.length;
    }
    if (bytes != size) {
      throw new CorruptLogException(bytes + " bytes in chunks of a message of " + size);
    }
    List<ByteBuffer> pieces = read(chunks, Math.toIntExact(size), space);
    try {
      return MessageCodec.decode(pieces.getFirst(), pieces.subList(1, pieces.size()), position);
    } catch (BufferUnderflowException | IllegalArgumentException unusual) {
      // What precedes the body does not fit into the first chunk.
      return MessageCodec.decode(ByteBuffer.wrap(Body.of(pieces).toArray()), position);
    }
  }

  /** The chunks' bytes one after the other, in as many pieces as the space is made of. */
  private List<ByteBuffer> read(List<Chunk> chunks, int sizeBytes, Body.Space space)
      throws IOException {
    List<ByteBuffer> pieces = new ArrayList<>();
    ByteBuffer piece = ByteBuffer.allocate(0);
    int missing = sizeBytes;
    for (Chunk chunk : chunks) {
      int done = 0;
      while (done < chunk.length) {
        if (!piece.hasRemaining()) {
          piece = space.take(missing).slice();
          pieces.add(piece.duplicate());
        }
        int count = Math.min(piece.remaining(), chunk.length - done);
        log.read(chunk.position + done, piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
        done += count;
        missing -= count;
      }
    }
    return pieces;
  }
}
