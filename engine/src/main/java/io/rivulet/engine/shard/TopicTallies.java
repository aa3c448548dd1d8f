package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Owned by the shard thread. How many lite topics, subscriptions and parked messages each topic
 * has: a part of the fold, entered in the index with each checkpoint and not with each record.
 */
final class TopicTallies {
  /** In the keys of META rows: (this, topic id) → lite topics, subscriptions, what is parked. */
  private static final long ROWS = 1100;

  private final Catalog catalog;
  private final Rows rows;

  /** Topics whose tallies are not written yet. */
  private final Set<Topic> changed = new LinkedHashSet<>();

  private long parked;
  private long parkedBytes;

  TopicTallies(Catalog catalog, Rows rows) {
    this.catalog = catalog;
    this.rows = rows;
  }

  void changed(Topic topic) {
    changed.add(topic);
  }

  /** More is parked in a topic for that, or less. */
  void countParked(Topic topic, long messages, long bytes) {
    topic.countParked(messages, bytes);
    parked += messages;
    parkedBytes += bytes;
    changed.add(topic);
  }

  /** Parked messages of all topics. */
  long parked() {
    return parked;
  }

  long parkedBytes() {
    return parkedBytes;
  }

  void write() {
    for (Topic topic : changed) {
      if (catalog.topic(topic.id) == topic) {
        ByteWriter out = new ByteWriter(32);
        out.putVarLong(topic.liteTopics).putVarLong(topic.subscriptions);
        if (topic.isParking) {
          out.putVarLong(topic.parked()).putVarLong(topic.parkedBytes);
        }
        rows.put(Table.META, Keys.of(ROWS, topic.id), out.toBytes());
      }
    }
    changed.clear();
  }

  /** Reads those of a topic back at start. */
  void read(Topic topic) {
    byte[] row = rows.get(Table.META, Keys.of(ROWS, topic.id));
    if (row != null) {
      ByteReader in = new ByteReader(row);
      topic.countLiteTopics(in.getVarLong());
      topic.countSubscriptions(in.getVarLong());
      if (in.hasRemaining()) {
        countParked(topic, in.getVarLong(), in.getVarLong());
      }
    }
  }

  /** The topic is gone. */
  void forget(Topic topic) {
    topic.countLiteTopics(-topic.liteTopics);
    topic.countSubscriptions(-topic.subscriptions);
    countParked(topic, -topic.parked(), -topic.parkedBytes);
    changed.remove(topic);
    rows.delete(Table.META, Keys.of(ROWS, topic.id));
  }
}
