package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.List;

/**
 * Owned by the shard thread. What records mean by which a shard owes messages to others; a part of
 * the fold ({@link Fold}).
 */
final class OutboxFold {
  /** In the keys of META rows: (this, id) → the message. */
  private static final long ROWS = 1500;

  private final Rows rows;
  private int count;

  OutboxFold(Rows rows) {
    this.rows = rows;
  }

  /** Counts what is owed, at start. */
  void load() {
    rows.scan(
        Table.META,
        Keys.of(ROWS, 0), // the row of the number alone is another's (DoubtedGrants)
        Keys.after(Keys.of(ROWS)),
        (_, _) -> {
          count++;
          return true;
        });
  }

  int count() {
    return count;
  }

  boolean owes(long id) {
    return rows.get(Table.META, Keys.of(ROWS, id)) != null;
  }

  /** The first after an id, in the order in which they were owed. */
  List<Row> after(long id, int limit) {
    return rows.first(Table.META, Keys.of(ROWS, id + 1), Keys.after(Keys.of(ROWS)), limit);
  }

  static long idOf(Row row) {
    return Keys.longAt(row.key(), 8);
  }

  void apply(Change.OfOutbox change) {
    switch (change) {
      case Change.MessageOwed c -> {
        if (!owes(c.id())) {
          count++;
        }
        rows.put(Table.META, Keys.of(ROWS, c.id()), c.message());
      }
      case Change.MessageHandedOver c -> {
        if (owes(c.id())) {
          count--;
          rows.delete(Table.META, Keys.of(ROWS, c.id()));
        }
      }
    }
  }
}
