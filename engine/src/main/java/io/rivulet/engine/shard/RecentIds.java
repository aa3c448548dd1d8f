package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. The ids of the newest messages with their places: a send that is
 * repeated within this window is answered with the place that it has already.
 *
 * <p>A ring of the last {@code capacity} ids, 24 bytes each, with a hash map from id to slot; of a
 * ring that was never full only as much is there as was used, since a node of a cluster has many.
 * It is part of the fold: rows of {@link #ROW_SLOTS} slots are written with each checkpoint.
 */
final class RecentIds {
  private static final int ROW_SLOTS = 256;

  /** Where a message is. */
  record Place(long queueId, long offset) {}

  /** Of the ring when it is full; a power of two. */
  private final int slots;

  /** The first slots: a multiple of a row, and at most all. */
  private long[] ids = new long[ROW_SLOTS];

  private long[] queueIds = new long[ROW_SLOTS];
  private long[] offsets = new long[ROW_SLOTS];
  private final Long2IntOpenHashMap slotOf;
  private final BitSet dirtyRows = new BitSet();
  private long count;

  RecentIds(int capacity) {
    slots = Math.max(ROW_SLOTS, Integer.highestOneBit(capacity));
    slotOf = new Long2IntOpenHashMap();
    slotOf.defaultReturnValue(-1);
  }

  @Nullable Place find(long idHash) {
    int slot = slotOf.get(idHash);
    return slot < 0 ? null : new Place(queueIds[slot], offsets[slot]);
  }

  /** Remembers where a message is; one whose hash is 0 is not to be recognised. */
  void add(long idHash, long queueId, long offset) {
    if (idHash == 0) {
      return;
    }
    int slot = (int) (count++ & (slots - 1));
    ensure(slot);
    long old = ids[slot];
    if (old != 0 && slotOf.get(old) == slot) {
      slotOf.remove(old);
    }
    ids[slot] = idHash;
    queueIds[slot] = queueId;
    offsets[slot] = offset;
    slotOf.put(idHash, slot);
    dirtyRows.set(slot / ROW_SLOTS);
  }

  /** Makes room for a slot. */
  private void ensure(int slot) {
    if (slot >= ids.length) {
      int size = Math.min(slots, Math.max(2 * ids.length, (slot / ROW_SLOTS + 1) * ROW_SLOTS));
      ids = Arrays.copyOf(ids, size);
      queueIds = Arrays.copyOf(queueIds, size);
      offsets = Arrays.copyOf(offsets, size);
    }
  }

  /** Writes the rows that changed since the last time. */
  void checkpoint(Rows rows) {
    if (dirtyRows.isEmpty()) {
      return;
    }
    ByteWriter out = new ByteWriter(ROW_SLOTS * 24 + 16);
    for (int row = dirtyRows.nextSetBit(0); row >= 0; row = dirtyRows.nextSetBit(row + 1)) {
      out.clear();
      out.putVarLong(count).putVarInt(slots);
      for (int slot = row * ROW_SLOTS; slot < (row + 1) * ROW_SLOTS; slot++) {
        out.putLong(ids[slot]).putLong(queueIds[slot]).putLong(offsets[slot]);
      }
      rows.putRecentIds(Keys.of(row), out.toBytes());
    }
    dirtyRows.clear();
  }

  /** Reads the rows back at start; rows of another capacity are forgotten. */
  void load(Rows rows) {
    rows.scanWritten(
        Table.RECENT_ID,
        Keys.of(0),
        Keys.of(slots / ROW_SLOTS),
        (key, value) -> {
          ByteReader in = new ByteReader(value);
          long countThen = in.getVarLong();
          if (in.getVarInt() == slots) {
            count = Math.max(count, countThen);
            loadRow((int) Keys.longAt(key, 0), in);
          }
          return true;
        });
    // In the order in which they came: an id that came twice stands for its later place.
    for (long nth = count; nth < count + slots; nth++) {
      int slot = (int) (nth & (slots - 1));
      if (slot < ids.length && ids[slot] != 0) {
        slotOf.put(ids[slot], slot);
      }
    }
  }

  private void loadRow(int row, ByteReader in) {
    ensure((row + 1) * ROW_SLOTS - 1);
    for (int slot = row * ROW_SLOTS; slot < (row + 1) * ROW_SLOTS; slot++) {
      ids[slot] = in.getLong();
      queueIds[slot] = in.getLong();
      offsets[slot] = in.getLong();
    }
  }
}
