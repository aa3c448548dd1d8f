package io.rivulet.client;

import com.google.protobuf.Timestamp;
import io.rivulet.api.v1.Edge;
import java.time.Instant;

/** Immutable. Where reading begins. */
public final class ReadFrom {
  private final io.rivulet.api.v1.ReadFrom wire;

  private ReadFrom(io.rivulet.api.v1.ReadFrom.Builder wire) {
    this.wire = wire.build();
  }

  /** At the first retained message. */
  public static ReadFrom first() {
    return new ReadFrom(builder().setEdge(Edge.EDGE_FIRST));
  }

  /** At the end: the next message to be stored is the first to be read. */
  public static ReadFrom last() {
    return new ReadFrom(builder().setEdge(Edge.EDGE_LAST));
  }

  /** At the newest {@code count} messages, fewer if there are fewer. */
  public static ReadFrom lastMessages(long count) {
    return new ReadFrom(builder().setLastCount(count));
  }

  /** At this offset; beyond the end it waits there. */
  public static ReadFrom offset(long offset) {
    return new ReadFrom(builder().setOffset(offset));
  }

  /** At the first message stored at or after this time. */
  public static ReadFrom time(Instant time) {
    return new ReadFrom(
        builder()
            .setTime(
                Timestamp.newBuilder().setSeconds(time.getEpochSecond()).setNanos(time.getNano())));
  }

  /** Behind what an earlier read gave; GONE if the lite topic was reclaimed since. */
  public static ReadFrom token(String token) {
    return new ReadFrom(builder().setToken(token));
  }

  io.rivulet.api.v1.ReadFrom toWire() {
    return wire;
  }

  private static io.rivulet.api.v1.ReadFrom.Builder builder() {
    return io.rivulet.api.v1.ReadFrom.newBuilder();
  }
}
