package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.time.ShardClock;
import java.util.ArrayList;
import java.util.List;

/**
 * Owned by the shard thread. Until when fairness keys are suspended, over restarts; a part of the
 * fold ({@link Fold}).
 */
final class SuspendedKeys {
  /** In the keys of META rows: (this, fairness key, group id) → until when it is suspended. */
  private static final long SUSPENSIONS = 1300;

  private final Catalog catalog;
  private final Rows rows;
  private final ShardClock clock;

  SuspendedKeys(Catalog catalog, Rows rows, ShardClock clock) {
    this.catalog = catalog;
    this.rows = rows;
    this.clock = clock;
  }

  void apply(Change.KeySuspended c) {
    Group group = catalog.group(c.groupId());
    if (group == null) {
      return;
    }
    group.gates.suspend(c.key(), c.untilMillis());
    byte[] row = Keys.of(SUSPENSIONS, c.key(), c.groupId());
    if (c.untilMillis() == 0) {
      rows.delete(Table.META, row);
    } else {
      rows.put(Table.META, row, new ByteWriter(9).putVarLong(c.untilMillis()).toBytes());
    }
  }

  /** All that stand in an index, over or not. */
  static List<Change.KeySuspended> all(Rows rows) {
    List<Change.KeySuspended> all = new ArrayList<>();
    byte[] first = Keys.of(SUSPENSIONS);
    rows.scan(
        Table.META,
        first,
        Keys.after(first),
        (row, value) -> {
          all.add(
              new Change.KeySuspended(
                  Keys.longAt(row, Keys.afterText(row, 8)),
                  Keys.textAt(row, 8),
                  new ByteReader(value).getVarLong()));
          return true;
        });
    return all;
  }

  /** Finds them again at start, and does away with those whose time is over. */
  void load() {
    byte[] first = Keys.of(SUSPENSIONS);
    List<byte[]> over = new ArrayList<>();
    rows.scan(
        Table.META,
        first,
        Keys.after(first),
        (row, value) -> {
          Group group = catalog.group(Keys.longAt(row, Keys.afterText(row, 8)));
          long until = new ByteReader(value).getVarLong();
          if (group == null || until <= clock.millis()) {
            over.add(row);
          } else {
            group.gates.suspend(Keys.textAt(row, 8), until);
          }
          return true;
        });
    over.forEach(row -> rows.delete(Table.META, row));
  }
}
