package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.WakeBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Immutable. How definitions of subscriptions stand in records and rows. */
final class SubscriptionCodec {
  private static final int WEBHOOK = 1;
  private static final int PULL_WAKE = 2;

  private SubscriptionCodec() {}

  static void write(ByteWriter out, SubscriptionDefinition definition) {
    switch (definition.wakeBy()) {
      case WakeBy.Webhook(String url) -> out.putByte(WEBHOOK).putString(url);
      case WakeBy.PullWake(StreamPath wakeStream) -> write(out.putByte(PULL_WAKE), wakeStream);
    }
    StreamPattern pattern = definition.pattern().orElse(null);
    out.putString(pattern == null ? "" : pattern.topic());
    out.putString(pattern == null ? "" : pattern.glob());
    write(out, definition.streams());
    out.putVarLong(definition.leaseTtl().toMillis()).putString(definition.description());
  }

  static SubscriptionDefinition read(ByteReader in) {
    int kind = in.getByte();
    WakeBy wakeBy =
        switch (kind) {
          case WEBHOOK -> new WakeBy.Webhook(in.getString());
          case PULL_WAKE -> new WakeBy.PullWake(readPath(in));
          default -> throw new IllegalArgumentException("unknown kind of a subscription: " + kind);
        };
    StreamPattern pattern = new StreamPattern(in.getString(), in.getString());
    return new SubscriptionDefinition(
        wakeBy,
        pattern.topic().isEmpty() ? Optional.empty() : Optional.of(pattern),
        readPaths(in),
        Duration.ofMillis(in.getVarLong()),
        in.getString());
  }

  static void write(ByteWriter out, Collection<StreamPath> paths) {
    out.putVarInt(paths.size());
    paths.forEach(each -> write(out, each));
  }

  static List<StreamPath> readPaths(ByteReader in) {
    int count = in.getCount(2);
    List<StreamPath> paths = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      paths.add(readPath(in));
    }
    return paths;
  }

  static void write(ByteWriter out, StreamPath path) {
    out.putString(path.topic()).putString(path.liteTopic());
  }

  static StreamPath readPath(ByteReader in) {
    return new StreamPath(in.getString(), in.getString());
  }
}
