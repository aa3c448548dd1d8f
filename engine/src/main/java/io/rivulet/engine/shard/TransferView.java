package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.Hash;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.log.CommitLog;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.MessageCodec;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. What stands in a shard that nobody serves: its queues from the index, its
 * messages from the log, in the order in which they were appended. The queues given out are copies:
 * nothing that is done to them changes the shard.
 */
final class TransferView {
  private static final int PAGE = 256;

  /** Queues that are remembered while the log is read. */
  private static final int MAX_KNOWN = 1 << 16;

  private static final byte[] END = Keys.of(Long.MAX_VALUE);
  private static final int CRC_BYTES = 4;

  /** In a list of chunks: where the position of the first one stands. */
  private static final int FIRST_CHUNK_AT = 4;

  /** The type byte of a record that says that a stream was made. */
  private static final int STREAM_MADE = 38;

  /**
   * Immutable. A message as it stands in the log.
   *
   * @param position of the message, or of what made it join its queue
   * @param dueMillis when it joins its queue; 0 unless it waits for that
   * @param chunkedBytes 0 unless the bytes are a list of chunks
   */
  record Item(
      long position,
      long offset,
      long storeMillis,
      long idHash,
      long tagHash,
      int cost,
      long deadlineMillis,
      long dueMillis,
      long chunkedBytes,
      ByteBuffer bytes) {
    boolean isChunked() {
      return chunkedBytes > 0;
    }
  }

  /** Takes what stands in the log. */
  interface Visitor {
    /** Messages of one queue, in order, stored at the same time. */
    void messages(Queue queue, List<Item> items) throws IOException;

    /** A stream was made that begins with messages of another one. */
    default void forkMade(Queue fork) throws IOException {}

    /** All before this position was told. */
    default void reached(long position) throws IOException {}
  }

  /** Takes queues. */
  interface QueueVisitor {
    void take(Queue queue) throws IOException;
  }

  /** Takes bytes. */
  interface BytesVisitor {
    void take(ByteBuffer bytes) throws IOException;
  }

  /** Ends a replay early. */
  private static final class EnoughException extends IOException {
    private static final long serialVersionUID = 1;
  }

  /** A queue, or that there is none. */
  private record Known(@Nullable Queue queue) {}

  private final OfflineShard shard;
  private final CommitLog log;
  private final Rows rows;
  private final QueueTable queues;
  private final Map<Long, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Known> eldest) {
          return size() > MAX_KNOWN;
        }
      };

  TransferView(OfflineShard shard) {
    this.shard = shard;
    log = shard.log();
    rows = shard.rooms().rows();
    queues = shard.rooms().queues();
  }

  String name() {
    return shard.name();
  }

  Catalog catalog() {
    return shard.rooms().catalog();
  }

  Rows rows() {
    return rows;
  }

  CommitLog log() {
    return log;
  }

  /** Subscriptions to streams. */
  Collection<StreamSubscription> subscriptions() {
    return shard.rooms().fold().subscriptions().all();
  }

  @Nullable StreamSubscription subscription(long id) {
    return shard.rooms().fold().subscriptions().byId(id);
  }

  /** Whether the subscription's wakes are here; else it is only followed. */
  boolean holds(StreamSubscription subscription) {
    return shard.number().gave(subscription.id);
  }

  // ---- what it owes

  /** The first messages after an id that it owes others. */
  List<Row> owedAfter(long id, int limit) {
    return shard.rooms().fold().outbox().after(id, limit);
  }

  int owedCount() {
    return shard.rooms().fold().outbox().count();
  }

  // ---- queues

  /** All whose ids are greater, by id, but for copies that forks begin with. */
  void queuesAfter(long id, QueueVisitor visitor) throws IOException {
    byte[] from = Keys.of(id + 1);
    while (true) {
      List<Row> page = rows.first(Table.QUEUE, from, END, PAGE);
      for (Row row : page) {
        Queue queue = copy(Keys.longAt(row.key(), 0), row.value());
        if (queue != null && !queue.topic.isCopies) {
          visitor.take(queue);
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.after(page.getLast().key());
    }
  }

  /** A queue, as it was at the last checkpoint. */
  @Nullable Queue queue(long id) {
    byte[] row = rows.get(Table.QUEUE, Keys.of(id));
    return row == null ? null : copy(id, row);
  }

  private @Nullable Queue copy(long id, byte[] row) {
    Topic topic = catalog().topic(Queue.topicIdOf(row));
    if (topic == null || knownTopic(topic) == null) {
      return null;
    }
    Queue queue = Queue.fromRow(id, topic, row);
    queue.isLoaded = true;
    // So that nobody enters it among those to be written.
    queue.isDirty = true;
    queues.loadFollowers(queue);
    return queue;
  }

  /** The topic, or of what waits for its time, the one that it will join; null: that is gone. */
  @Nullable Topic knownTopic(Topic topic) {
    return topic.isParking ? catalog().topic(topic.knownName()) : topic;
  }

  /** The first offset that is still there; of one that begins with another's messages, of those. */
  long firstOffset(Queue queue) throws IOException {
    long first = queues.firstRetained(queue);
    // A message that had to wait is where it waited: the log may begin behind that.
    Run run = queues.anyRunAt(queue, first);
    while (run != null && !isRetained(run)) {
      first = run.endOffset();
      run = queues.anyRunAt(queue, first);
    }
    return first;
  }

  /** Whether its bytes are still in the log; of a large message, all of them. */
  private boolean isRetained(Run run) throws IOException {
    if (!run.isRetainedFrom(log.head())) {
      return false;
    }
    return !run.isChunked()
        || isRetained(log.read(run.positionOf(run.firstOffset), run.lengthOf(run.firstOffset)));
  }

  /** Whether the log still has all of these chunks, which it was given in their order. */
  private boolean isRetained(ByteBuffer chunks) {
    return chunks.getLong(chunks.position() + FIRST_CHUNK_AT) >= log.head();
  }

  /** How far all who follow a queue are in it: of some nothing is written, and this says it. */
  List<Progress> progress(Queue queue) {
    List<Progress> all = new ArrayList<>();
    if (queue.topic.isParking) {
      return all;
    }
    byte[] from = Keys.of(queue.id);
    rows.scan(
        Table.PROGRESS,
        from,
        Keys.after(from),
        (key, value) -> {
          Group group = catalog().group(Keys.longAt(key, 8));
          GroupTopic of = group == null ? null : group.topics.get(queue.topic.id);
          if (of != null) {
            all.add(Progress.copyOfRow(of, queue, value));
          }
          return true;
        });
    queue.topic.forWhole(queue.name, each -> addBegun(all, each, queue));
    for (Follower follower : queue.followers) {
      Group group = catalog().group(follower.groupId());
      GroupTopic of = group == null ? null : group.topics.get(queue.topic.id);
      if (of != null) {
        addBegun(all, of, queue);
      }
    }
    return all;
  }

  private void addBegun(List<Progress> all, GroupTopic of, Queue queue) {
    if (all.stream().noneMatch(each -> each.group == of.group)) {
      all.add(new Progress(of, queue, queues.startOf(of, queue)));
    }
  }

  // ---- messages

  /**
   * Reads messages of queues that are still there, in the order of the log.
   *
   * @param maxBytes after about so much this stops
   * @return where to go on; {@link Long#MAX_VALUE}: this was all
   */
  long read(long from, long maxBytes, Visitor visitor) throws IOException {
    long[] read = new long[1];
    long[] next = {from};
    try {
      log.replay(
          from,
          (base, payload) -> {
            if (read[0] >= maxBytes) {
              throw new EnoughException();
            }
            ByteBuffer batch = payload.slice();
            int size = batch.remaining();
            try {
              readBatch(base, batch, visitor);
            } catch (IllegalArgumentException | BufferUnderflowException e) {
              throw new CorruptLogException(
                  "cannot read the batch at position %d of %s: %s".formatted(base, name(), e));
            }
            read[0] += size;
            next[0] = base + size;
            visitor.reached(base + size);
          });
      return Long.MAX_VALUE;
    } catch (EnoughException enough) {
      return next[0];
    }
  }

  private void readBatch(long base, ByteBuffer batch, Visitor visitor) throws IOException {
    ByteReader in = new ByteReader(batch.duplicate());
    while (in.hasRemaining()) {
      int length = in.getInt();
      int start = in.index();
      int type = in.getByte();
      switch (type) {
        case MessageRecord.MESSAGES,
            MessageRecord.CHUNKED,
            MessageRecord.MESSAGES_WITH_DEMANDS,
            MessageRecord.CHUNKED_WITH_DEMAND,
            MessageRecord.PARKED,
            MessageRecord.CHUNKED_PARKED ->
            messages(MessageRecord.read(in, type, base), base, batch, visitor);
        case MessageRecord.JOINED -> joined(JoinRecord.read(in, base + start), base, visitor);
        case STREAM_MADE -> {
          if (Change.decode(type, in) instanceof Change.StreamMade made && made.origin().isFork()) {
            Queue fork = known(made.queueId());
            if (fork != null) {
              visitor.forkMade(fork);
            }
          }
        }
        default -> {}
      }
      in.skip(start + length - in.index());
    }
  }

  private @Nullable Queue known(long queueId) throws IOException {
    Known found = known.get(queueId);
    if (found == null) {
      found = new Known(queue(queueId));
      known.put(queueId, found);
      if (found.queue != null) {
        found.queue.firstOffset = firstOffset(found.queue);
      }
    }
    return found.queue;
  }

  private void messages(MessageRecord read, long base, ByteBuffer batch, Visitor visitor)
      throws IOException {
    Queue queue = known(read.queueId());
    Run run = read.run();
    if (queue == null || queue.topic.isCopies || run.endOffset() <= queue.firstOffset) {
      return;
    }
    List<Item> items = new ArrayList<>(run.count);
    for (int i = 0; i < run.count; i++) {
      long offset = run.firstOffset + i;
      int at = (int) (run.positionOf(offset) - base);
      ByteBuffer bytes = batch.slice(at, run.lengthOf(offset));
      if (isThere(queue, run, offset) && (!run.isChunked() || isRetained(bytes))) {
        items.add(item(run, offset, read.idHashes()[i], bytes));
      }
    }
    if (!items.isEmpty()) {
      visitor.messages(queue, items);
    }
  }

  private boolean isThere(Queue queue, Run run, long offset) {
    if (queue.topic.isParking) {
      return rows.get(Table.PARKED, Keys.of(run.dueOf(offset), queue.id, offset)) != null;
    }
    boolean isWithdrawn = TransferPlaces.isOfDeadLetters(queue.topic) && queue.isCancelled(offset);
    return offset >= queue.firstOffset && !isWithdrawn;
  }

  private void joined(JoinRecord read, long base, Visitor visitor) throws IOException {
    Queue queue = known(read.queueId());
    Run run = read.run();
    long offset = run.firstOffset;
    if (queue != null && isThere(queue, run, offset) && isRetained(run)) {
      visitor.messages(queue, List.of(found(run, offset, base)));
    }
  }

  /** A message that is elsewhere in the log. */
  private Item found(Run run, long offset, long position) throws IOException {
    ByteBuffer bytes = log.read(run.positionOf(offset), run.lengthOf(offset));
    Item item = item(run, offset, idHash(run, offset, bytes), bytes);
    return new Item(
        position,
        offset,
        item.storeMillis,
        item.idHash,
        item.tagHash,
        item.cost,
        item.deadlineMillis,
        0,
        item.chunkedBytes,
        bytes);
  }

  /** As it was when the message was sent; of a large one, any. */
  private static long idHash(Run run, long offset, ByteBuffer bytes) throws IOException {
    long position = run.positionOf(offset);
    if (run.isChunked()) {
      return Hash.mix(position);
    }
    Message message = MessageCodec.decode(bytes, position);
    return Hash.of(message.id(), Hash.of(message.topic()));
  }

  private static Item item(Run run, long offset, long idHash, ByteBuffer bytes) {
    return new Item(
        run.positionOf(offset),
        offset,
        run.storeMillis,
        idHash,
        run.tagHashOf(offset),
        run.costOf(offset),
        run.deadlineOf(offset),
        run.dueOf(offset),
        run.chunkedBytes,
        bytes);
  }

  // ---- what a stream begins with

  /** A fork's messages that are another's, from an offset on, one by one. */
  void inherited(Queue fork, long from, Visitor visitor) throws IOException {
    StreamState stream = fork.stream;
    long offset = from;
    while (stream != null && offset < stream.origin.offset()) {
      Queue holder = holderOf(fork, offset);
      Run run = holder == null ? null : queues.anyRunAt(holder, offset);
      if (run != null && isRetained(run)) {
        visitor.messages(fork, List.of(found(run, offset, run.positionOf(offset))));
      }
      // Whatever is left out is passed at once.
      long next = holder == null ? Long.MAX_VALUE : RunSearch.next(holder, offset, rows);
      offset = run == null ? Math.min(endOfHolder(fork, offset), next) : offset + 1;
    }
  }

  /** The first offset that a reader of a fork finds. */
  long firstInherited(Queue fork) throws IOException {
    StreamState stream = fork.stream;
    long own = stream == null ? 0 : stream.origin.offset();
    long first = own;
    while (stream != null && stream.origin.isFork()) {
      Queue source = queue(stream.origin.sourceId());
      if (source == null) {
        return first;
      }
      long retained = firstOffset(source);
      if (retained < stream.origin.offset()) {
        first = retained;
      }
      stream = source.stream;
    }
    return first;
  }

  /** Up to where the queue that holds an offset of a fork holds what is the fork's. */
  private long endOfHolder(Queue fork, long offset) throws IOException {
    long end = Long.MAX_VALUE;
    Queue holder = fork;
    while (holder != null
        && holder.stream != null
        && holder.stream.origin.isFork()
        && offset < holder.stream.origin.offset()) {
      end = Math.min(end, holder.stream.origin.offset());
      holder = known(holder.stream.origin.sourceId());
    }
    return end;
  }

  private @Nullable Queue holderOf(Queue fork, long offset) throws IOException {
    Queue holder = fork;
    while (holder != null
        && holder.stream != null
        && holder.stream.origin.isFork()
        && offset < holder.stream.origin.offset()) {
      holder = known(holder.stream.origin.sourceId());
    }
    return holder;
  }

  // ---- what a message is made of

  /** All bytes of a message, piece by piece. */
  void pieces(Item item, BytesVisitor visitor) throws IOException {
    if (!item.isChunked()) {
      visitor.take(item.bytes.duplicate());
      return;
    }
    ByteReader in = new ByteReader(item.bytes.duplicate());
    int count = in.getInt();
    for (int i = 0; i < count; i++) {
      long position = in.getLong();
      visitor.take(log.read(position, in.getInt()));
    }
  }

  /** The beginning of a message: all that precedes its body. */
  ByteBuffer head(Item item) throws IOException {
    if (!item.isChunked()) {
      return item.bytes.duplicate();
    }
    ByteReader in = new ByteReader(item.bytes.duplicate());
    in.skip(4);
    long position = in.getLong();
    return log.read(position, Math.min(in.getInt(), TransferPlaces.HEAD_BYTES));
  }

  /**
   * The checksum of a message, which it is checked against.
   *
   * @throws CorruptLogException if the message is damaged
   */
  long checksum(Queue queue, Item item) throws IOException {
    CRC32C crc = new CRC32C();
    long[] stored = {Long.MIN_VALUE};
    long[] size = new long[1];
    pieces(
        item,
        piece -> {
          if (size[0] == 0) {
            stored[0] = piece.getInt(piece.position()) & 0xFFFFFFFFL;
            piece.position(piece.position() + CRC_BYTES);
            size[0] = CRC_BYTES;
          }
          size[0] += piece.remaining();
          crc.update(piece);
        });
    if (crc.getValue() != stored[0]) {
      throw new CorruptLogException(
          "the message at offset %d of %s in %s fails its checksum"
              .formatted(item.offset, TransferSums.nameOf(queue), name()));
    }
    return Hash.mix(stored[0] ^ (size[0] << 32));
  }
}
