package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import io.rivulet.engine.message.StoredMessage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Safe for all threads: reads the log only. Turns places in the log into messages; may block on the
 * disk, so it is never called on the shard thread.
 */
final class MessageLoader {
  /** Neighbours are read together up to this many bytes. */
  private static final int READ_BYTES = 1 << 20;

  /** What precedes a body is smaller; chunks are smaller than that only where logs are tiny. */
  private static final int MAX_HEAD_BYTES = 512 << 10;

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

  /** Reads one message. */
  StoredMessage load(Place place) throws IOException {
    Run run = place.run;
    long position = run.positionOf(place.offset);
    ByteBuffer bytes = log.read(position, run.lengthOf(place.offset));
    if (!run.isChunked()) {
      return stored(place, MessageCodec.decode(bytes, position));
    }
    List<ByteBuffer> pieces = pieces(bytes, run.chunkedBytes);
    return stored(
        place, MessageCodec.decode(pieces.getFirst(), pieces.subList(1, pieces.size()), position));
  }

  /**
   * Reads messages, neighbours in one go.
   *
   * @throws IOException if any of them can't be read
   */
  List<StoredMessage> loadAll(List<Place> places) throws IOException {
    List<StoredMessage> messages = new ArrayList<>(places.size());
    int at = 0;
    while (at < places.size()) {
      int end = stretchEnd(places, at);
      if (end - at == 1) {
        messages.add(load(places.get(at)));
      } else {
        loadStretch(places.subList(at, end), messages);
      }
      at = end;
    }
    return messages;
  }

  private static int stretchEnd(List<Place> places, int from) {
    Place first = places.get(from);
    int end = from + 1;
    long bytes = first.run.lengthOf(first.offset);
    while (end < places.size()
        && places.get(end).run == first.run
        && places.get(end).offset == places.get(end - 1).offset + 1
        && bytes < READ_BYTES) {
      bytes += first.run.lengthOf(places.get(end).offset) + Run.HEADER_BYTES;
      end++;
    }
    return end;
  }

  private void loadStretch(List<Place> places, List<StoredMessage> into) throws IOException {
    Place first = places.getFirst();
    Place last = places.getLast();
    long start = first.run.positionOf(first.offset);
    long end = last.run.positionOf(last.offset) + last.run.lengthOf(last.offset);
    ByteBuffer bytes = log.read(start, (int) (end - start));
    for (Place place : places) {
      long position = place.run.positionOf(place.offset);
      int from = bytes.position() + (int) (position - start);
      ByteBuffer slice = bytes.slice(from, place.run.lengthOf(place.offset));
      into.add(stored(place, MessageCodec.decode(slice, position)));
    }
  }

  private static StoredMessage stored(Place place, Message message) {
    return new StoredMessage(message, place.queueId, place.offset, place.run.storeMillis);
  }

  /** The chunks of a large message, the first of them with at least all that precedes the body. */
  private List<ByteBuffer> pieces(ByteBuffer descriptor, long size) throws IOException {
    ByteReader in = new ByteReader(descriptor.duplicate());
    int chunks = in.getInt();
    if (chunks < 1 || chunks * 12L != in.remaining()) {
      throw new CorruptLogException(
          "a list of " + chunks + " chunks in " + in.remaining() + " bytes");
    }
    List<ByteBuffer> pieces = new ArrayList<>(chunks);
    long bytes = 0;
    for (int i = 0; i < chunks; i++) {
      ByteBuffer piece = log.read(in.getLong(), in.getInt());
      bytes += piece.remaining();
      pieces.add(piece);
    }
    if (bytes != size) {
      throw new CorruptLogException(bytes + " bytes in chunks of a message of " + size);
    }
    return pieces.getFirst().remaining() < MAX_HEAD_BYTES ? List.of(join(pieces)) : pieces;
  }

  private static ByteBuffer join(List<ByteBuffer> pieces) {
    return ByteBuffer.wrap(Body.of(pieces).toArray());
  }
}
