package io.rivulet.engine.index;

import java.util.ArrayList;
import java.util.List;

/** Owned by its builder until handed to {@link Index#write}. Changes that are applied as one. */
public final class IndexBatch {
  /** Takes the changes in the order in which they were added. */
  public interface Visitor {
    void put(Table table, byte[] key, byte[] value);

    void delete(Table table, byte[] key);

    /** Deletes {@code from <= key < to}. */
    void deleteRange(Table table, byte[] from, byte[] to);
  }

  private sealed interface Change {}

  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  private record Put(Table table, byte[] key, byte[] value) implements Change {}

  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  private record Delete(Table table, byte[] key) implements Change {}

  @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
  private record DeleteRange(Table table, byte[] from, byte[] to) implements Change {}

  private final List<Change> changes = new ArrayList<>();

  public void put(Table table, byte[] key, byte[] value) {
    changes.add(new Put(table, key, value));
  }

  public void delete(Table table, byte[] key) {
    changes.add(new Delete(table, key));
  }

  public void deleteRange(Table table, byte[] from, byte[] to) {
    changes.add(new DeleteRange(table, from, to));
  }

  public int size() {
    return changes.size();
  }

  public boolean isEmpty() {
    return changes.isEmpty();
  }

  public void forEach(Visitor visitor) {
    for (Change change : changes) {
      switch (change) {
        case Put put -> visitor.put(put.table, put.key, put.value);
        case Delete delete -> visitor.delete(delete.table, delete.key);
        case DeleteRange range -> visitor.deleteRange(range.table, range.from, range.to);
      }
    }
  }
}
