package io.rivulet.engine.shard;

import io.rivulet.engine.group.Filter;
import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.message.Body;
import io.rivulet.engine.scheduling.Demand;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owned by one thread. A shard that is being filled. Everything is recorded in its log and takes
 * effect by the fold, as if the shard had served; so the log alone says all of it.
 *
 * <p>With each batch it is recorded how far the sources have been read ({@link
 * Change.TransferMarked}). What is done twice after a death does no harm: queues are found by their
 * names, messages told by their offsets.
 */
final class TransferTarget {
  private static final int MAX_CHUNK_BYTES = 1 << 20;
  private static final int TARGET_BATCH_BYTES = 256 << 10;
  private static final long FLUSH_INDEX_BYTES = 256L << 20;

  private final OfflineShard shard;
  private final Change.TransferMarked[] marks;
  private final boolean[] isMarked;
  private final int maxChanges;
  private final int batchBytes;
  private final int chunkBytes;
  private long flushedBytes;

  /**
   * @param maxChanges after so many the index is written
   */
  TransferTarget(OfflineShard shard, int sources, int maxChanges) {
    this.shard = shard;
    this.maxChanges = maxChanges;
    int maxBatchBytes = shard.log().maxBatchBytes();
    batchBytes = Math.min(TARGET_BATCH_BYTES, maxBatchBytes / 4);
    chunkBytes = Math.min(MAX_CHUNK_BYTES, maxBatchBytes / 2);
    marks = new Change.TransferMarked[sources];
    isMarked = new boolean[sources];
    for (int source = 0; source < sources; source++) {
      Change.TransferMarked found = TransferFold.markOf(rooms().rows(), source);
      marks[source] = found == null ? new Change.TransferMarked(source, 0, 0) : found;
    }
  }

  OfflineShard shard() {
    return shard;
  }

  private Rooms rooms() {
    return shard.rooms();
  }

  Catalog catalog() {
    return rooms().catalog();
  }

  QueueTable queues() {
    return rooms().queues();
  }

  /** Nothing was ever put here. */
  boolean isEmpty() {
    return catalog().topics().isEmpty()
        && catalog().groups().isEmpty()
        && rooms().queues().activeCount() == 0;
  }

  // ---- how far it is

  /** Whether everything of a source up to a place is here. */
  boolean has(int source, int step, long at) {
    Change.TransferMarked mark = marks[source];
    return mark.step() > step || (mark.step() == step && mark.at() >= at);
  }

  Change.TransferMarked mark(int source) {
    return marks[source];
  }

  /** Everything of a source up to a place is here, or is put here with the next batch. */
  void mark(int source, int step, long at) {
    if (!has(source, step, at)) {
      marks[source] = new Change.TransferMarked(source, step, at);
      isMarked[source] = true;
    }
  }

  // ---- writing

  /** Records a change; the batch goes to the log when it has grown. */
  void put(Change change) throws IOException {
    shard.journal().put(change);
    rooms().fold().apply(change);
    flushIfFull();
  }

  private void flushIfFull() throws IOException {
    if (shard.journal().size() >= batchBytes) {
      flush();
    }
  }

  private void makeRoom(int bytes) throws IOException {
    if (shard.journal().size() + bytes > batchBytes && !shard.journal().isEmpty()) {
      flush();
    }
  }

  /** Appends what there is, with how far the sources were read. */
  void flush() throws IOException {
    for (int source = 0; source < marks.length; source++) {
      if (isMarked[source]) {
        isMarked[source] = false;
        shard.journal().put(marks[source]);
        rooms().fold().apply(marks[source]);
      }
    }
    shard.flush();
    if (shard.changes() > maxChanges) {
      shard.checkpoint();
      if (shard.journal().bytes() - flushedBytes > FLUSH_INDEX_BYTES) {
        flushedBytes = shard.journal().bytes();
        shard.flushIndex();
      }
    }
  }

  // ---- definitions

  Topic define(TopicDefinition wanted) throws IOException {
    Topic present = catalog().topic(wanted.name());
    if (present == null) {
      put(new Change.TopicDefined(ids().next(), wanted));
    }
    return topic(wanted.name());
  }

  Topic topic(String name) {
    Topic topic = catalog().topic(name);
    if (topic == null) {
      throw new IllegalStateException("topic " + name + " is not in " + shard);
    }
    return topic;
  }

  private Topic parkingOf(Topic topic) throws IOException {
    if (catalog().parkingOf(topic) == null) {
      put(
          new Change.TopicDefined(
              ids().next(),
              TopicDefinition.of(Names.PARKING_PREFIX + topic.name(), TopicType.NORMAL)));
    }
    Topic parking = catalog().parkingOf(topic);
    if (parking == null) {
      throw new IllegalStateException("no topic for what waits of " + topic.name());
    }
    return parking;
  }

  Group define(GroupDefinition wanted) throws IOException {
    if (catalog().group(wanted.name()) == null) {
      put(new Change.GroupDefined(ids().next(), wanted));
    }
    return group(wanted.name());
  }

  Group group(String name) {
    Group group = catalog().group(name);
    if (group == null) {
      throw new IllegalStateException("group " + name + " is not in " + shard);
    }
    return group;
  }

  /** A group follows a topic; where it is in each queue is restored with that. */
  void follow(Group group, Topic topic, Filter filter) throws IOException {
    if (!group.topics.containsKey(topic.id)) {
      put(new Change.TopicFollowed(group.id, topic.id, 0, 0, filter));
    }
  }

  @Nullable StreamSubscription subscription(String name) {
    return rooms().fold().subscriptions().byName(name);
  }

  long nextId() {
    return ids().next();
  }

  private Ids ids() {
    return rooms().state().ids();
  }

  // ---- queues

  /** The queue here that corresponds to one elsewhere; null: there is none. */
  @Nullable Queue queueFor(Queue source) {
    Topic topic = topic(source.topic.knownName());
    Topic own = source.topic.isParking ? catalog().parkingOf(topic) : topic;
    return own == null ? null : queues().byName(own, source.name);
  }

  /** Finds or makes a queue for one elsewhere. */
  Queue make(Queue source) throws IOException {
    Queue present = queueFor(source);
    if (present != null) {
      return present;
    }
    Topic topic = topic(source.topic.knownName());
    Topic own = source.topic.isParking ? parkingOf(topic) : topic;
    long id = ids().next();
    put(
        new Change.QueueMade(
            id,
            own.id,
            source.name,
            source.priority,
            ids().logEnd(),
            source.lastActiveMillis,
            source.fairnessKey));
    Queue made = queues().byId(id);
    if (made == null) {
      throw new IllegalStateException("queue " + id + " was recorded and is not there");
    }
    return made;
  }

  /**
   * Makes a queue as it is elsewhere, without its messages.
   *
   * @param first its first message will have this offset
   * @param origin what it begins with here, if it is a stream
   * @param progress how far all are in it who follow it
   */
  void restore(Queue source, long first, StreamOrigin origin, List<Progress> progress)
      throws IOException {
    Queue made = make(source);
    Queue state = Queue.fromRow(source.id, source.topic, source.toRow());
    state.addFormerId();
    state.nextOffset = first;
    state.firstOffset = first;
    if (state.stream != null) {
      state.stream = state.stream.with(origin, 0);
    }
    byte[] row = state.toRow();
    makeRoom(row.length);
    put(new Change.QueueRestored(made.id, row));
    for (Progress each : progress) {
      restore(made, each);
    }
  }

  private void restore(Queue made, Progress source) throws IOException {
    Group group = group(source.group.name());
    Progress begun = made.progressOf(group);
    boolean isAtStart = source.next == made.firstOffset && source.committed == source.next;
    boolean isUsual = isAtStart && source.outstanding.isEmpty() && source.suspendedUntilMillis == 0;
    if (begun != null || !isUsual || source.group.isByName()) {
      byte[] row = source.toRow();
      makeRoom(row.length);
      put(new Change.ProgressRestored(group.id, made.id, row));
    }
  }

  /** Its end is further than its last message: those between are gone. */
  void endAt(Queue queue, long nextOffset) throws IOException {
    Queue state = Queue.fromRow(queue.id, queue.topic, queue.toRow());
    state.nextOffset = nextOffset;
    byte[] row = state.toRow();
    makeRoom(row.length);
    put(new Change.QueueRestored(queue.id, row));
  }

  // ---- messages

  /** Appends those messages of a queue that are not here yet, under their own offsets. */
  void append(Queue queue, List<TransferView.Item> items, TransferView from) throws IOException {
    List<TransferView.Item> together = new ArrayList<>();
    int bytes = 0;
    for (TransferView.Item item : items) {
      if (item.offset() < queue.nextOffset) {
        continue;
      }
      boolean isLarge = item.isChunked() || item.bytes().remaining() > chunkBytes;
      boolean follows =
          !together.isEmpty()
              && !isLarge
              && item.offset() == together.getLast().offset() + 1
              && bytes + item.bytes().remaining() <= batchBytes;
      if (!follows && !together.isEmpty()) {
        putTogether(queue, together);
        together = new ArrayList<>();
        bytes = 0;
      }
      if (isLarge) {
        appendLarge(queue, item, item.offset(), from);
      } else {
        together.add(item);
        bytes += item.bytes().remaining() + Run.HEADER_BYTES + Demands.PARKED_BYTES;
      }
    }
    if (!together.isEmpty()) {
      putTogether(queue, together);
    }
  }

  /** Appends a message after the last one. */
  void appendNext(Queue queue, TransferView.Item item, TransferView from) throws IOException {
    if (item.isChunked() || item.bytes().remaining() > chunkBytes) {
      appendLarge(queue, item, queue.nextOffset, from);
    } else {
      put(queue, queue.nextOffset, item.storeMillis(), List.of(draft(item, item.bytes())), 0);
    }
  }

  private void putTogether(Queue queue, List<TransferView.Item> items) throws IOException {
    List<Draft> drafts = new ArrayList<>(items.size());
    for (TransferView.Item item : items) {
      drafts.add(draft(item, item.bytes()));
    }
    put(queue, items.getFirst().offset(), items.getFirst().storeMillis(), drafts, 0);
  }

  private void put(
      Queue queue, long offset, long storeMillis, List<Draft> drafts, long chunkedBytes)
      throws IOException {
    int bytes = MessageRecord.HEADER_BYTES;
    long[] idHashes = new long[drafts.size()];
    for (int i = 0; i < idHashes.length; i++) {
      idHashes[i] = drafts.get(i).idHash();
      bytes += drafts.get(i).sizeBytes() + Run.HEADER_BYTES + Demands.PARKED_BYTES;
    }
    makeRoom(bytes);
    // What is between the last one and this one was lost where it comes from.
    queue.nextOffset = offset;
    Run run = shard.journal().putMessages(queue, storeMillis, drafts, chunkedBytes);
    long chunksFrom = chunkedBytes > 0 ? MessageRecord.chunksFrom(drafts.getFirst()) : -1;
    rooms().fold().replay(new MessageRecord(queue.id, run, idHashes, chunksFrom));
  }

  private void appendLarge(Queue queue, TransferView.Item item, long offset, TransferView from)
      throws IOException {
    List<long[]> chunks = new ArrayList<>();
    long[] size = new long[1];
    from.pieces(
        item,
        piece -> {
          while (piece.hasRemaining()) {
            byte[] bytes = new byte[Math.min(chunkBytes, piece.remaining())];
            piece.get(bytes);
            Draft chunk = draft(item, ByteBuffer.wrap(bytes));
            flush();
            chunks.add(
                new long[] {
                  shard.journal().putChunk(chunk, 0, bytes.length, () -> {}), bytes.length
                });
            size[0] += bytes.length;
          }
        });
    ByteBuffer list = ByteBuffer.allocate(4 + 12 * chunks.size()).putInt(chunks.size());
    chunks.forEach(each -> list.putLong(each[0]).putInt((int) each[1]));
    put(queue, offset, item.storeMillis(), List.of(draft(item, list.flip())), size[0]);
  }

  private static Draft draft(TransferView.Item item, ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return new Draft(
        "",
        TopicType.NORMAL,
        "",
        new Demand("", item.cost(), item.deadlineMillis(), Demand.NO_PRIORITY),
        item.idHash(),
        item.tagHash(),
        item.dueMillis(),
        copy,
        Body.EMPTY);
  }
}
