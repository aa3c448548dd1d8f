package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.stream.StreamName;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionReport;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Owned by the shard thread. A subscription to streams; the timers wake it when a lease ends. */
final class StreamSubscription extends Timed {
  final long id;
  final String name;
  final SubscriptionDefinition definition;
  final long createdMillis;

  /** Streams that are followed by name now. */
  final Set<StreamPath> explicit;

  WakeState wake = WakeState.NONE;

  /** Ids of queues with something pending, the next first; a window of what the index knows. */
  final LongLinkedOpenHashSet pending = new LongLinkedOpenHashSet(2);

  /** Grows with each change of what is followed by name. */
  long revision;

  /** What other shards have for it, by their numbers, the next to be named first. */
  private final Map<Integer, Heard> reports = new LinkedHashMap<>(2);

  /** Held elsewhere: there it is known that something is pending here. */
  boolean wasReported;

  /** The index may know more that are pending. */
  boolean misses;

  /** It stands in the line of those to be woken. */
  boolean isDue;

  /** Its current wake was handed to somebody who delivers it. */
  boolean isTaken;

  boolean isRemoved;

  /** Of two wakes one begins with what other shards have, so that neither starves the other. */
  private boolean isElsewhereFirst;

  private record Heard(SubscriptionReport report, long atMillis) {}

  StreamSubscription(long id, String name, SubscriptionDefinition definition, long createdMillis) {
    this.id = id;
    this.name = name;
    this.definition = definition;
    this.createdMillis = createdMillis;
    explicit = new LinkedHashSet<>(definition.streams());
  }

  // ---- what other shards have for it

  /** Takes what a shard says, unless it has said something else since. */
  void heard(SubscriptionReport report, long nowMillis) {
    Heard last = reports.get(report.shard());
    if (last == null || !report.isBefore(last.report)) {
      reports.put(report.shard(), new Heard(report, nowMillis));
    }
  }

  /** A report that something is pending is repeated; one that nothing is any more may be lost. */
  private static boolean counts(Heard heard, long nowMillis) {
    return !heard.report.streams().isEmpty()
        && nowMillis - heard.atMillis <= Followings.REPEATED_WITHIN_MILLIS;
  }

  boolean hasPendingElsewhere(long nowMillis) {
    return reports.values().stream().anyMatch(each -> counts(each, nowMillis));
  }

  /** Adds streams of other shards, as many as there may be. */
  void addPendingElsewhere(List<LinkedStream> streams, int max, long nowMillis) {
    for (Heard each : List.copyOf(reports.values())) {
      if (streams.size() >= max) {
        return;
      }
      if (counts(each, nowMillis)) {
        int room = Math.min(each.report.streams().size(), max - streams.size());
        streams.addAll(each.report.streams().subList(0, room));
        // At the end of the line, with what it said.
        reports.remove(each.report.shard());
        reports.put(each.report.shard(), each);
      }
    }
  }

  boolean takesTurns() {
    isElsewhereFirst = !isElsewhereFirst;
    return isElsewhereFirst;
  }

  // ---- what it follows

  /** Whether it follows streams of this topic. */
  boolean isAbout(String topic) {
    return isByPattern(topic) || explicit.stream().anyMatch(each -> each.topic().equals(topic));
  }

  private boolean isByPattern(String topic) {
    return definition.pattern().isPresent() && definition.pattern().get().topic().equals(topic);
  }

  boolean follows(StreamPath path) {
    return explicit.contains(path) || isMeant(path);
  }

  /** Whether the pattern means it. */
  boolean isMeant(StreamPath path) {
    StreamPattern pattern = definition.pattern().orElse(null);
    return pattern != null
        && pattern.topic().equals(path.topic())
        && pattern.matches(StreamName.decode(path.liteTopic()));
  }

  byte[] toRow() {
    ByteWriter out = new ByteWriter(256);
    out.putString(name).putVarLong(createdMillis);
    SubscriptionCodec.write(out, definition);
    SubscriptionCodec.write(out, explicit);
    wake.write(out);
    out.putVarLong(revision);
    return out.toBytes();
  }

  static StreamSubscription fromRow(long id, byte[] row) {
    ByteReader in = new ByteReader(row);
    String name = in.getString();
    long createdMillis = in.getVarLong();
    StreamSubscription subscription =
        new StreamSubscription(id, name, SubscriptionCodec.read(in), createdMillis);
    subscription.explicit.clear();
    subscription.explicit.addAll(SubscriptionCodec.readPaths(in));
    subscription.wake = WakeState.read(in);
    subscription.revision = in.hasRemaining() ? in.getVarLong() : 0;
    return subscription;
  }
}
