package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.stream.StreamDefinition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What a lite topic has beyond its messages when it was made as a
 * stream.
 */
final class StreamState {
  /**
   * Producers that are remembered; beyond it the one that has been silent for longest is forgotten.
   * It is part of what records mean, so it can't be a setting.
   */
  private static final int MAX_PRODUCERS = 1024;

  /** The newest append of a producer. */
  record Position(long epoch, long seq) {}

  final StreamDefinition definition;
  final StreamOrigin origin;

  /** Streams that begin with messages of this one. */
  private int forks;

  /** It was deleted, and is kept for its forks. */
  private boolean isRetired;

  private boolean isClosed;
  private @Nullable String lastSeq;

  /** The one that appended last is last. */
  private final Map<String, Position> producers = new LinkedHashMap<>(2);

  StreamState(StreamDefinition definition, StreamOrigin origin) {
    this.definition = definition;
    this.origin = origin;
  }

  /** The same with another beginning, and as many forks. */
  StreamState with(StreamOrigin otherOrigin, int otherForks) {
    StreamState other = new StreamState(definition, otherOrigin);
    other.forks = otherForks;
    other.isRetired = isRetired;
    other.isClosed = isClosed;
    other.lastSeq = lastSeq;
    other.producers.putAll(producers);
    return other;
  }

  int forks() {
    return forks;
  }

  void countFork(int change) {
    forks += change;
  }

  boolean isRetired() {
    return isRetired;
  }

  void retire() {
    isRetired = true;
  }

  /** The offset of the first message that a queue was ever given itself. */
  static long beginOf(Queue queue) {
    return queue.stream == null ? 0 : queue.stream.origin.offset();
  }

  boolean isClosed() {
    return isClosed;
  }

  /** Of the last append that had one. */
  @Nullable String lastSeq() {
    return lastSeq;
  }

  @Nullable Position positionOf(String producerId) {
    return producers.get(producerId);
  }

  /** Whether a sequence value may follow the last one: it is greater, by its bytes. */
  boolean isGreater(String seq) {
    return lastSeq == null
        || Arrays.compareUnsigned(
                seq.getBytes(StandardCharsets.UTF_8), lastSeq.getBytes(StandardCharsets.UTF_8))
            > 0;
  }

  void apply(Change.StreamWritten c) {
    isClosed |= c.closes();
    if (!c.seq().isEmpty()) {
      lastSeq = c.seq();
    }
    if (!c.producerId().isEmpty()) {
      producers.remove(c.producerId());
      producers.put(c.producerId(), new Position(c.epoch(), c.producerSeq()));
      if (producers.size() > MAX_PRODUCERS) {
        producers.remove(producers.keySet().iterator().next());
      }
    }
  }

  // ---- rows and records

  static void write(ByteWriter out, StreamDefinition definition) {
    out.putString(definition.contentType());
    out.putVarLong(definition.ttl().map(ttl -> ttl.toMillis() + 1).orElse(0L));
    out.putVarLong(definition.expiresAt().map(at -> at.toEpochMilli() + 1).orElse(0L));
  }

  static StreamDefinition readDefinition(ByteReader in) {
    String contentType = in.getString();
    long ttl = in.getVarLong();
    long expiresAt = in.getVarLong();
    return new StreamDefinition(
        contentType,
        ttl == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(ttl - 1)),
        expiresAt == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(expiresAt - 1)));
  }

  void write(ByteWriter out) {
    write(out, definition);
    origin.write(out);
    out.putVarInt(forks).putBoolean(isRetired);
    out.putBoolean(isClosed).putString(lastSeq == null ? "" : lastSeq);
    out.putVarInt(producers.size());
    producers.forEach(
        (id, position) -> out.putString(id).putVarLong(position.epoch).putVarLong(position.seq));
  }

  static StreamState read(ByteReader in) {
    StreamState state = new StreamState(readDefinition(in), StreamOrigin.read(in));
    state.forks = in.getVarInt();
    state.isRetired = in.getBoolean();
    state.isClosed = in.getBoolean();
    String seq = in.getString();
    state.lastSeq = seq.isEmpty() ? null : seq;
    int count = in.getCount(3);
    for (int i = 0; i < count; i++) {
      state.producers.put(in.getString(), new Position(in.getVarLong(), in.getVarLong()));
    }
    return state;
  }
}
