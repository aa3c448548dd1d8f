package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.subscription.StreamPath;
import java.io.IOException;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Owned by one thread. Checksums of all that stands in shards, whichever shard it is in and under
 * whatever ids: equal for what is equal. Each queue counts to one of {@value #BUCKETS} sums, so
 * that the memory is bounded; who finds two different ones counts the queues of these alone.
 */
final class TransferSums {
  static final int BUCKETS = 1 << 16;
  private static final int PAGE = 256;
  private static final byte[] FIRST = new byte[0];
  private static final byte[] LAST = Keys.after(FIRST);

  /** Immutable. Of one shard. */
  record Total(long queues, long messages, long bytes, long checksum) {}

  /** Owned by the sums. */
  static final class Sum {
    long sum;
    long messages;

    boolean isSame(Sum other) {
      return sum == other.sum && messages == other.messages;
    }
  }

  private final TransferPlaces places;
  private final long[] sums = new long[BUCKETS];
  private final long[] messages = new long[BUCKETS];

  /** Of which each queue is counted by itself. */
  private final BitSet closely;

  private final Map<String, Sum> close = new HashMap<>();
  private long subscriptions;

  /** Subscriptions to streams, by the shards that hold them. */
  private final Set<Long> held = new HashSet<>();

  /** How far each subscription is in its streams, whoever holds it. */
  private final Map<Long, Long> links = new HashMap<>();

  private long owed;
  private long shardQueues;
  private long shardMessages;
  private long shardBytes;
  private long shardSum;

  /**
   * Sums of nothing yet.
   *
   * @param places where things are after a transfer: what streams of different places begin with is
   *     counted as their own
   * @param closely of which buckets each queue is counted by itself
   */
  TransferSums(TransferPlaces places, BitSet closely) {
    this.places = places;
    this.closely = closely;
  }

  /** A queue as people know it. */
  static String nameOf(Queue queue) {
    String name = queue.topic.knownName() + "/" + queue.name;
    return queue.topic.isParking ? name + " (waiting)" : name;
  }

  // ---- counting

  /** Counts a shard, once it is as in its index. */
  Total add(TransferView view, TransferView.Visitor watcher) throws IOException {
    shardQueues = 0;
    shardMessages = 0;
    shardBytes = 0;
    shardSum = 0;
    subscriptions(view);
    streamSubscriptions(view);
    owed += view.owedCount();
    view.queuesAfter(0, queue -> queue(view, queue));
    view.read(
        0,
        Long.MAX_VALUE,
        new TransferView.Visitor() {
          @Override
          public void messages(Queue queue, List<TransferView.Item> items) throws IOException {
            for (TransferView.Item item : items) {
              message(view, queue, item);
            }
          }

          @Override
          public void reached(long position) throws IOException {
            watcher.reached(position);
          }
        });
    return new Total(shardQueues, shardMessages, shardBytes, shardSum);
  }

  private void message(TransferView view, Queue queue, TransferView.Item item) throws IOException {
    if (Streams.isRetired(queue)) {
      return;
    }
    boolean isLetter = TransferPlaces.isOfDeadLetters(queue.topic);
    long digest = view.checksum(queue, item);
    digest = Hash.mix(digest ^ (isLetter ? -1 : item.offset()));
    digest = Hash.mix(digest ^ item.storeMillis());
    digest = Hash.mix(digest ^ item.tagHash());
    digest = Hash.mix(digest ^ item.cost());
    digest = Hash.mix(digest ^ item.deadlineMillis());
    digest = Hash.mix(digest ^ item.dueMillis());
    shardMessages++;
    shardBytes += item.isChunked() ? item.chunkedBytes() : item.bytes().remaining();
    add(isLetter ? queue.topic.knownName() : nameOf(queue), digest, 1);
  }

  private void queue(TransferView view, Queue queue) throws IOException {
    if (Streams.isRetired(queue) || TransferPlaces.isOfDeadLetters(queue.topic)) {
      return;
    }
    shardQueues++;
    add(nameOf(queue), state(view, queue), 0);
    StreamState stream = queue.stream;
    Queue begin =
        stream != null && stream.origin.isFork() ? view.queue(stream.origin.sourceId()) : null;
    if (begin != null && places.of(begin.topic, begin.name) != places.of(queue.topic, queue.name)) {
      view.inherited(
          queue,
          view.firstInherited(queue),
          (fork, items) -> {
            for (TransferView.Item item : items) {
              message(view, fork, item);
            }
          });
    }
  }

  /** All that a queue is, but for ids and for what its messages say. */
  private static long state(TransferView view, Queue queue) throws IOException {
    ByteWriter out = new ByteWriter(256);
    long first = view.firstOffset(queue);
    StreamState stream = queue.stream;
    boolean isFork = stream != null && stream.origin.isFork();
    out.putVarLong(queue.nextOffset);
    if (!queue.topic.isParking) {
      // Of those that wait, only which they are counts.
      out.putVarLong(isFork ? view.firstInherited(queue) : first);
    }
    out.putVarInt(queue.priority).putString(queue.fairnessKey);
    out.putLong(queue.ttlMillis).putVarLong(queue.expiryMillis);
    out.putString(queue.cancelledOffsets());
    if (stream != null) {
      stream.with(StreamOrigin.NONE, 0).write(out);
    }
    view.progress(queue).stream()
        .sorted(Comparator.comparing(each -> each.group.name()))
        .forEach(each -> out.putString(each.group.name()).putBytes(each.toRow()));
    CRC32C crc = new CRC32C();
    crc.update(out.array(), 0, out.size());
    return Hash.mix(crc.getValue() << 32 | out.size());
  }

  private void subscriptions(TransferView view) {
    byte[] from = FIRST;
    while (true) {
      List<Row> page = view.rows().first(Table.SUBSCRIBER, from, LAST, PAGE);
      for (Row row : page) {
        byte[] key = row.key();
        int afterName = Keys.afterText(key, 8);
        Topic topic = view.catalog().topic(Keys.longAt(key, 0));
        Group group = view.catalog().group(Keys.longAt(key, afterName));
        if (topic != null && group != null) {
          long digest = Hash.of(topic.name(), Hash.of(Keys.textAt(key, 8)));
          digest = Hash.of(group.name(), digest);
          digest = Hash.of(Keys.textAt(key, afterName + 8), digest);
          subscriptions += Hash.mix(digest ^ new ByteReader(row.value()).getVarLong());
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.after(page.getLast().key());
    }
  }

  /** Those to streams, and how far they are in each. */
  private void streamSubscriptions(TransferView view) {
    for (StreamSubscription each : view.subscriptions()) {
      if (view.holds(each)) {
        held.add(each.id);
        ByteWriter out = new ByteWriter(256);
        out.putString(each.name).putVarLong(each.createdMillis);
        SubscriptionCodec.write(out, each.definition);
        SubscriptionCodec.write(
            out,
            each.explicit.stream()
                .sorted(
                    Comparator.comparing(StreamPath::topic).thenComparing(StreamPath::liteTopic))
                .toList());
        out.putVarLong(each.wake.generation());
        CRC32C crc = new CRC32C();
        crc.update(out.view());
        subscriptions += Hash.mix(crc.getValue());
      }
    }
    view.rows()
        .scan(
            Table.STREAM_LINK,
            FIRST,
            LAST,
            (key, value) -> {
              StreamSubscription of = view.subscription(Keys.longAt(key, 0));
              Queue queue = of == null ? null : view.queue(Keys.longAt(key, 8));
              if (of != null && queue != null && !Streams.isRetired(queue)) {
                ByteReader in = new ByteReader(value);
                long digest = Hash.of(queue.name, Hash.of(queue.topic.name(), Hash.of(of.name)));
                digest = Hash.mix(digest ^ in.getVarLong());
                links.merge(of.id, Hash.mix(digest ^ (in.getBoolean() ? 1 : 2)), Long::sum);
              }
              return true;
            });
  }

  private void add(String name, long digest, int count) {
    long hash = Hash.mix(Hash.of(name));
    int bucket = (int) (hash & (BUCKETS - 1));
    long value = Hash.mix(hash ^ digest);
    sums[bucket] += value;
    messages[bucket] += count;
    shardSum += value;
    if (closely.get(bucket)) {
      Sum sum = close.computeIfAbsent(name, _ -> new Sum());
      sum.sum += value;
      sum.messages += count;
    }
  }

  // ---- comparing

  /** Which sums differ. */
  BitSet differences(TransferSums other) {
    BitSet different = new BitSet();
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      if (sums[bucket] != other.sums[bucket] || messages[bucket] != other.messages[bucket]) {
        different.set(bucket);
      }
    }
    return different;
  }

  boolean hasSameSubscriptions(TransferSums other) {
    return allSubscriptions() == other.allSubscriptions();
  }

  /** With how far they are, but for what a shard still follows that nobody holds any more. */
  private long allSubscriptions() {
    long sum = subscriptions;
    for (long id : held) {
      sum += links.getOrDefault(id, 0L);
    }
    return sum;
  }

  /** Whether as many messages are owed to other shards. */
  boolean owesAsMany(TransferSums other) {
    return owed == other.owed;
  }

  /** Of the queues that were counted closely. */
  Map<String, Sum> close() {
    return close;
  }
}
