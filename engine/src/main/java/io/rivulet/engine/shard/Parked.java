package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Owned by the shard thread. Messages that wait for their time; a part of the fold ({@link Fold}).
 *
 * <p>They stand in queues that nobody follows, of a topic that nobody can name ({@link
 * Topic#isParking}), one for each queue that they will join. Each has two rows: by the time at
 * which it is due, and by where it stands in the log, so that retention finds those in its way. The
 * rows are there as long as it waits, and are the truth about that.
 */
final class Parked {
  private static final byte[] END = Keys.of(Long.MAX_VALUE);

  /** A message that waits, or did. */
  record Place(long dueMillis, long queueId, long offset) {
    private byte[] key() {
      return Keys.of(dueMillis, queueId, offset);
    }
  }

  /** A message that waits, by where it stands in the log. */
  record Standing(long position, Place place) {}

  private final QueueTable queues;
  private final Rows rows;
  private final RecentIds recentIds;
  private final TopicTallies tallies;
  private final LongSupplier logEnd;

  /** No row stands before it: only some that were deleted, which would be looked at. */
  private byte[] firstDue = Keys.of(0);

  /** None is due earlier. */
  private long nextDue;

  /** The same of those that are ordered by position. */
  private byte[] firstStanding = Keys.of(0);

  Parked(
      QueueTable queues,
      Rows rows,
      RecentIds recentIds,
      TopicTallies tallies,
      LongSupplier logEnd) {
    this.queues = queues;
    this.rows = rows;
    this.recentIds = recentIds;
    this.tallies = tallies;
    this.logEnd = logEnd;
  }

  // ---- the fold

  /**
   * Messages were parked.
   *
   * @param chunksFrom where the first chunk of a message in chunks begins
   */
  void added(Queue queue, Run run, long chunksFrom) {
    // What is not in the log yet will not stand before its end.
    long standsFrom = run.isPlaced() ? run.position() : logEnd.getAsLong();
    long position = chunksFrom < 0 ? standsFrom : Math.min(chunksFrom, standsFrom);
    for (long offset = run.firstOffset; offset < run.endOffset(); offset++) {
      firstStanding = min(firstStanding, Keys.of(position));
      Place place = new Place(run.dueOf(offset), queue.id, offset);
      long bytes = run.sizeOf(offset);
      rows.put(
          Table.PARKED,
          place.key(),
          new ByteWriter(20).putVarLong(position).putVarLong(bytes).toBytes());
      rows.put(
          Table.PARKED_AT,
          Keys.of(position, queue.id, offset),
          new ByteWriter(10).putVarLong(place.dueMillis).toBytes());
      firstDue = min(firstDue, place.key());
      nextDue = Math.min(nextDue, place.dueMillis);
      tallies.countParked(queue.topic, 1, bytes);
    }
  }

  private static byte[] min(byte[] one, byte[] other) {
    return Arrays.compareUnsigned(one, other) <= 0 ? one : other;
  }

  /** A message waits no more; whether it did. */
  boolean removed(Place place) {
    byte[] row = rows.get(Table.PARKED, place.key());
    if (row == null) {
      return false;
    }
    ByteReader in = new ByteReader(row);
    deleteRows(place, in.getVarLong());
    Queue queue = queues.byId(place.queueId);
    if (queue != null) {
      tallies.countParked(queue.topic, -1, -in.getVarLong());
    }
    return true;
  }

  /** It was taken back, or its copy stands elsewhere, which is recorded itself. */
  void apply(Change.MessageUnparked c) {
    if (removed(new Place(c.dueMillis(), c.queueId(), c.offset())) && !c.isMoved()) {
      recentIds.add(SentMessages.moveHash(c.queueId(), c.offset()), c.queueId(), c.offset());
    }
  }

  private void deleteRows(Place place, long position) {
    rows.delete(Table.PARKED, place.key());
    rows.delete(Table.PARKED_AT, Keys.of(position, place.queueId, place.offset));
  }

  // ---- finding

  long total() {
    return tallies.parked();
  }

  long totalBytes() {
    return tallies.parkedBytes();
  }

  boolean isWaiting(Place place) {
    return rows.get(Table.PARKED, place.key()) != null;
  }

  /** The first that are due, in their order; which of these are still there is to be told. */
  List<Place> dueBy(long millis, int limit) {
    List<Place> due = new ArrayList<>();
    for (Row row : rows.first(Table.PARKED, firstDue, Keys.of(millis + 1), limit)) {
      due.add(placeOf(row.key()));
    }
    return due;
  }

  /** All up to this one are done with, and no others stand before it. */
  void doneTo(Place last) {
    firstDue = Keys.after(last.key());
  }

  /** None is due earlier; {@link Timers#NEVER} if none waits, 0 if it is not known yet. */
  long nextDue() {
    return nextDue;
  }

  /** All that were due are done with. */
  void lookForNext() {
    List<Row> next = rows.first(Table.PARKED, firstDue, END, 1);
    nextDue = next.isEmpty() ? Timers.NEVER : Keys.longAt(next.getFirst().key(), 0);
  }

  private static Place placeOf(byte[] key) {
    return new Place(Keys.longAt(key, 0), Keys.longAt(key, 8), Keys.longAt(key, 16));
  }

  /** The log must be kept from there for what waits; {@link Long#MAX_VALUE} if nothing does. */
  long keptFrom() {
    List<Standing> first = standingBefore(Long.MAX_VALUE, 1);
    return first.isEmpty() ? Long.MAX_VALUE : first.getFirst().position;
  }

  /** Those that stand before a position, the first in the log first. */
  List<Standing> standingBefore(long position, int limit) {
    List<Standing> found = new ArrayList<>();
    for (Row row : rows.first(Table.PARKED_AT, firstStanding, Keys.of(position), limit)) {
      long due = new ByteReader(row.value()).getVarLong();
      Place place = new Place(due, Keys.longAt(row.key(), 8), Keys.longAt(row.key(), 16));
      found.add(new Standing(Keys.longAt(row.key(), 0), place));
    }
    if (!found.isEmpty()) {
      // What is parked later stands behind it.
      firstStanding = Keys.of(found.getFirst().position);
    }
    return found;
  }

  /** Forgets one whose topic is gone. */
  void forget(Place place) {
    byte[] row = rows.get(Table.PARKED, place.key());
    if (row != null) {
      deleteRows(place, new ByteReader(row).getVarLong());
    }
  }
}
