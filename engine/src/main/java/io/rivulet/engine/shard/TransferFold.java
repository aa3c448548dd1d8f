package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. What the records mean by which a {@link Transfer} fills a shard; a
 * part of the fold ({@link Fold}).
 */
final class TransferFold {
  /** In the keys of META rows: (this, number of the source) → how far it has been read. */
  private static final long MARKS = 1400;

  private final Catalog catalog;
  private final QueueTable queues;
  private final Rows rows;
  private final Expiry expiry;

  TransferFold(Catalog catalog, QueueTable queues, Rows rows, Expiry expiry) {
    this.catalog = catalog;
    this.queues = queues;
    this.rows = rows;
    this.expiry = expiry;
  }

  void apply(Change.OfTransfer change) {
    switch (change) {
      case Change.QueueRestored c -> apply(c);
      case Change.ProgressRestored c -> apply(c);
      case Change.TransferMarked c ->
          rows.put(
              Table.META,
              Keys.of(MARKS, c.source()),
              new ByteWriter(12).putVarInt(c.step()).putVarLong(c.at()).toBytes());
    }
  }

  private void apply(Change.QueueRestored c) {
    Queue queue = queues.byId(c.queueId());
    if (queue == null) {
      return;
    }
    boolean wasFork = isFork(queue);
    Queue state = Queue.fromRow(queue.id, queue.topic, c.row());
    queue.restore(state);
    expiry.expireAt(queue, state.expiryMillis);
    StreamState stream = queue.stream;
    Queue source =
        stream == null || !stream.origin.isFork() ? null : queues.byId(stream.origin.sourceId());
    if (source != null && !wasFork) {
      StreamFold.countFork(source, 1);
      queues.markDirty(source);
    }
    queues.markDirty(queue);
  }

  private static boolean isFork(Queue queue) {
    return queue.stream != null && queue.stream.origin.isFork();
  }

  private void apply(Change.ProgressRestored c) {
    Group group = catalog.group(c.groupId());
    Queue queue = group == null ? null : queues.byId(c.queueId());
    GroupTopic groupTopic =
        group == null || queue == null ? null : group.topics.get(queue.topic.id);
    if (queue != null && groupTopic != null) {
      Progress progress = queues.progress(groupTopic, queue);
      progress.restore(c.row());
      queues.markDirty(progress);
    }
  }

  /** How far a source has been read; null: not at all. */
  static Change.@Nullable TransferMarked markOf(Rows rows, int source) {
    byte[] row = rows.get(Table.META, Keys.of(MARKS, source));
    if (row == null) {
      return null;
    }
    ByteReader in = new ByteReader(row);
    return new Change.TransferMarked(source, in.getVarInt(), in.getVarLong());
  }
}
