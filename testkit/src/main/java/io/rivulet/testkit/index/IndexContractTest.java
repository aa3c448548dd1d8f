package io.rivulet.testkit.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every index promises; a subclass says how one is opened, lost and found again. */
public abstract class IndexContractTest {
  private static final long LOG_END = 1_000_000;

  private Index index;

  /** Opens a fresh index; called once per test. */
  protected abstract Index open() throws IOException;

  /** Closes the index in order and opens it again. */
  protected abstract Index reopen(Index closing) throws IOException;

  /** Opens the index as if its rows had been lost, with the snapshots still there. */
  protected abstract Index lose(Index closing) throws IOException;

  /** Opens the index over a log that ends at {@code logEnd}. */
  protected abstract Index reopenBefore(Index closing, long logEnd) throws IOException;

  @SuppressWarnings("NullAway.Init") // JUnit calls setUp before any test
  protected IndexContractTest() {}

  @BeforeEach
  void setUp() throws IOException {
    index = open();
  }

  @AfterEach
  void tearDown() {
    index.close();
  }

  @Test
  void aFreshIndexIsEmptyAtPositionZero() {
    assertThat(index.position()).isZero();
    assertThat(index.get(Table.TOPIC, bytes("a"))).isNull();
    assertThat(index.oldestSnapshotPosition()).isZero();
    for (Table table : Table.values()) {
      assertThat(keys(table, "", "\u007f")).isEmpty();
    }
  }

  @Test
  void aRowIsReadBackFromItsTableAlone() {
    put(1, Table.TOPIC, "key", "value");

    assertThat(index.get(Table.TOPIC, bytes("key"))).isEqualTo(bytes("value"));
    assertThat(index.get(Table.GROUP, bytes("key"))).isNull();
  }

  @Test
  void everyTableHoldsRows() {
    for (Table table : Table.values()) {
      put(1, table, "12345678-" + table, table.name());
    }

    for (Table table : Table.values()) {
      assertThat(index.get(table, bytes("12345678-" + table))).isEqualTo(bytes(table.name()));
    }
  }

  @Test
  void keysShorterThanThePrefixAndEmptyValuesAreRows() {
    put(1, Table.ENTRY, "ab", "");

    assertThat(index.get(Table.ENTRY, bytes("ab"))).isEmpty();
    assertThat(keys(Table.ENTRY, "a", "b")).containsExactly("ab");
  }

  @Test
  void thePositionMovesWithEachWrite() {
    put(10, Table.META, "a", "1");
    index.write(new IndexBatch(), 20);

    assertThat(index.position()).isEqualTo(20);
  }

  @Test
  void theLaterChangeOfABatchWins() {
    IndexBatch batch = new IndexBatch();
    batch.put(Table.QUEUE, bytes("k"), bytes("1"));
    batch.delete(Table.QUEUE, bytes("k"));
    batch.put(Table.QUEUE, bytes("k"), bytes("2"));
    batch.put(Table.QUEUE, bytes("gone"), bytes("1"));
    batch.deleteRange(Table.QUEUE, bytes("g"), bytes("h"));

    index.write(batch, 1);

    assertThat(index.get(Table.QUEUE, bytes("k"))).isEqualTo(bytes("2"));
    assertThat(index.get(Table.QUEUE, bytes("gone"))).isNull();
  }

  @Test
  void theCallerMayReuseItsArraysAfterTheWrite() {
    byte[] key = bytes("key");
    byte[] value = bytes("value");
    IndexBatch batch = new IndexBatch();
    batch.put(Table.META, key, value);
    index.write(batch, 1);

    value[0] = 'X';
    byte[] read = index.get(Table.META, bytes("key"));
    assertThat(read).isEqualTo(bytes("value"));
  }

  @Test
  void aScanGoesUpFromTheFirstKeyAndStopsBeforeTheLast() {
    for (String key : List.of("d", "a", "c", "b", "e")) {
      put(1, Table.EXPIRY, key, key);
    }

    assertThat(keys(Table.EXPIRY, "b", "e")).containsExactly("b", "c", "d");
    assertThat(keys(Table.EXPIRY, "e", "b")).isEmpty();
    assertThat(keys(Table.EXPIRY, "b", "b")).isEmpty();
  }

  @Test
  void aScanStopsWhenTheVisitorHasEnough() {
    for (String key : List.of("a", "b", "c")) {
      put(1, Table.EXPIRY, key, key);
    }
    List<String> seen = new ArrayList<>();

    index.scan(
        Table.EXPIRY,
        bytes("a"),
        bytes("z"),
        (key, value) -> {
          seen.add(new String(key, UTF_8));
          return seen.size() < 2;
        });

    assertThat(seen).containsExactly("a", "b");
  }

  @Test
  void aVisitorMayWrite() {
    put(1, Table.PENDING, "a", "1");
    put(1, Table.PENDING, "b", "1");

    index.scan(
        Table.PENDING,
        bytes("a"),
        bytes("z"),
        (key, value) -> {
          delete(2, Table.PENDING, new String(key, UTF_8));
          return true;
        });

    assertThat(keys(Table.PENDING, "a", "z")).isEmpty();
  }

  @Test
  void keysCompareAsUnsignedBytes() {
    IndexBatch batch = new IndexBatch();
    batch.put(Table.EXPIRY, new byte[] {(byte) 0x80}, bytes("high"));
    batch.put(Table.EXPIRY, new byte[] {0x7f}, bytes("low"));
    index.write(batch, 1);
    List<String> seen = new ArrayList<>();

    index.scan(
        Table.EXPIRY,
        new byte[] {0},
        new byte[] {(byte) 0xff},
        (key, value) -> seen.add(new String(value, UTF_8)));

    assertThat(seen).containsExactly("low", "high");
  }

  @Test
  void aScanCrossesPrefixes() {
    for (String prefix : List.of("queue--1", "queue--2", "queue--3")) {
      put(1, Table.ENTRY, prefix + "a", "1");
      put(1, Table.ENTRY, prefix + "b", "1");
    }

    assertThat(keys(Table.ENTRY, "queue--1b", "queue--3b"))
        .containsExactly("queue--1b", "queue--2a", "queue--2b", "queue--3a");
    assertThat(keys(Table.ENTRY, "", "z")).hasSize(6);
    assertThat(keys(Table.ENTRY, "queue--2", "queue--3")).containsExactly("queue--2a", "queue--2b");
  }

  @Test
  void aScanFindsRowsFlushedAndNot() throws IOException {
    put(1, Table.ENTRY, "queue--1a", "1");
    index.flush();
    put(2, Table.ENTRY, "queue--1b", "1");
    put(3, Table.ENTRY, "queue--2a", "1");

    assertThat(keys(Table.ENTRY, "queue--1", "queue--2")).containsExactly("queue--1a", "queue--1b");
    assertThat(keys(Table.ENTRY, "queue--1", "z")).hasSize(3);
  }

  @Test
  void floorFindsTheGreatestKeyAtOrBelow() {
    for (String key : List.of("queue--1a", "queue--1d", "queue--2a")) {
      put(1, Table.ENTRY, key, "=" + key);
    }
    index.flush();

    assertThat(floor("queue--1d", "queue--1")).isEqualTo("queue--1d==queue--1d");
    assertThat(floor("queue--1c", "queue--1")).isEqualTo("queue--1a==queue--1a");
    assertThat(floor("queue--1z", "queue--1")).isEqualTo("queue--1d==queue--1d");
    assertThat(floor("queue--2", "queue--2")).isEqualTo("none");
    assertThat(floor("queue--2", "queue--1")).isEqualTo("queue--1d==queue--1d");
    assertThat(floor("queue--0", "")).isEqualTo("none");
    assertThat(floor("queue--9z", "queue--9")).isEqualTo("none");
    assertThat(floor("queue--1a", "queue--1b")).isEqualTo("none");
  }

  @Test
  void aDeletedRangeIsGoneAndItsEndStays() {
    for (String key : List.of("queue--1a", "queue--1b", "queue--2a", "queue--2b")) {
      put(1, Table.PROGRESS, key, "1");
    }
    IndexBatch batch = new IndexBatch();
    batch.deleteRange(Table.PROGRESS, bytes("queue--1b"), bytes("queue--2b"));

    index.write(batch, 2);

    assertThat(keys(Table.PROGRESS, "", "z")).containsExactly("queue--1a", "queue--2b");
  }

  @Test
  void anEmptyOrReversedRangeDeletesNothing() {
    put(1, Table.PROGRESS, "b", "1");
    IndexBatch batch = new IndexBatch();
    batch.deleteRange(Table.PROGRESS, bytes("b"), bytes("b"));
    batch.deleteRange(Table.PROGRESS, bytes("c"), bytes("a"));

    index.write(batch, 2);

    assertThat(keys(Table.PROGRESS, "a", "z")).containsExactly("b");
  }

  @Test
  void thePositionDoesNotGoBack() {
    put(10, Table.META, "a", "1");

    assertThatThrownBy(() -> index.write(new IndexBatch(), 9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9")
        .hasMessageContaining("10");
  }

  @Test
  void aReopenedIndexHasItsRowsAndPosition() throws IOException {
    put(77, Table.GROUP, "g", "1");

    index = reopen(index);

    assertThat(index.position()).isEqualTo(77);
    assertThat(index.get(Table.GROUP, bytes("g"))).isEqualTo(bytes("1"));
  }

  @Test
  void aLostIndexBeginsWithTheNewestSnapshot() throws IOException {
    put(10, Table.META, "a", "1");
    index.flush();
    index.snapshot();
    put(20, Table.META, "a", "2");
    index.flush();
    index.snapshot();
    put(30, Table.META, "a", "3");

    index = lose(index);

    assertThat(index.position()).isEqualTo(20);
    assertThat(index.get(Table.META, bytes("a"))).isEqualTo(bytes("2"));
  }

  @Test
  void aLostIndexWithoutSnapshotBeginsEmpty() throws IOException {
    put(10, Table.META, "a", "1");

    index = lose(index);

    assertThat(index.position()).isZero();
    assertThat(index.get(Table.META, bytes("a"))).isNull();
  }

  @Test
  void theTwoNewestSnapshotsAreKept() throws IOException {
    for (int position = 10; position <= 40; position += 10) {
      put(position, Table.META, "a", "" + position);
      index.flush();
      index.snapshot();
    }

    assertThat(index.oldestSnapshotPosition()).isEqualTo(30);
    index = reopen(index);
    assertThat(index.oldestSnapshotPosition()).isEqualTo(30);
  }

  @Test
  void twoSnapshotsAtOnePositionCountAsOne() throws IOException {
    put(10, Table.META, "a", "1");
    index.flush();
    index.snapshot();
    put(20, Table.META, "a", "2");
    index.flush();
    index.snapshot();
    index.snapshot();

    assertThat(index.oldestSnapshotPosition()).isEqualTo(10);
  }

  @Test
  void aSnapshotOutlivesLaterChanges() throws IOException {
    put(10, Table.META, "a", "1");
    index.flush();
    index.snapshot();
    delete(20, Table.META, "a");
    index.flush();

    index = lose(index);

    assertThat(index.get(Table.META, bytes("a"))).isEqualTo(bytes("1"));
  }

  @Test
  void anIndexAheadOfTheLogIsDiscarded() throws IOException {
    put(10, Table.META, "a", "1");
    index.flush();
    index.snapshot();
    put(20, Table.META, "a", "2");
    index.flush();

    index = reopenBefore(index, 15);

    assertThat(index.position()).isEqualTo(10);
    assertThat(index.get(Table.META, bytes("a"))).isEqualTo(bytes("1"));
  }

  @Test
  void aSnapshotAheadOfTheLogIsNotUsed() throws IOException {
    put(20, Table.META, "a", "2");
    index.flush();
    index.snapshot();

    index = reopenBefore(index, 15);

    assertThat(index.position()).isZero();
    assertThat(index.get(Table.META, bytes("a"))).isNull();
    assertThat(index.oldestSnapshotPosition()).isZero();
  }

  @Test
  void anIndexExactlyAtTheEndOfTheLogIsKept() throws IOException {
    put(LOG_END, Table.META, "a", "1");

    index = reopenBefore(index, LOG_END);

    assertThat(index.position()).isEqualTo(LOG_END);
  }

  /** The index under test, for what only one implementation promises. */
  protected Index index() {
    return index;
  }

  protected void put(long position, Table table, String key, String value) {
    IndexBatch batch = new IndexBatch();
    batch.put(table, bytes(key), bytes(value));
    index.write(batch, position);
  }

  private void delete(long position, Table table, String key) {
    IndexBatch batch = new IndexBatch();
    batch.delete(table, bytes(key));
    index.write(batch, position);
  }

  private List<String> keys(Table table, String from, String to) {
    List<String> keys = new ArrayList<>();
    index.scan(table, bytes(from), bytes(to), (key, value) -> keys.add(new String(key, UTF_8)));
    return keys;
  }

  private String floor(String key, String lowest) {
    Row row = index.floor(Table.ENTRY, bytes(key), bytes(lowest));
    return row == null
        ? "none"
        : new String(row.key(), UTF_8) + "=" + new String(row.value(), UTF_8);
  }

  protected static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
