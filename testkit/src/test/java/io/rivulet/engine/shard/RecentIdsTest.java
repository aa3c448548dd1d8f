package io.rivulet.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.index.Rows;
import io.rivulet.testkit.index.MemoryIndex;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecentIdsTest {
  private static final int CAPACITY = 2048;

  private final MemoryIndex index = new MemoryIndex();

  /** Fewer than a row, some rows, exactly all, and all of it more than once. */
  @ParameterizedTest
  @ValueSource(ints = {1, 255, 256, 257, 700, 1025, 2047, 2048, 2049, 5000})
  void theNewestIdsAreKnownAlsoAfterAStart(int messages) {
    RecentIds ids = new RecentIds(CAPACITY);
    Rows rows = new Rows(index);
    SplittableRandom random = new SplittableRandom(messages);
    for (int n = 1; n <= messages; n++) {
      ids.add(n, 7, n * 10L);
      if (random.nextInt(300) == 0) {
        write(ids, rows);
      }
    }
    write(ids, rows);

    assertThatTheNewestAreKnown(ids, messages);
    assertThatTheNewestAreKnown(loaded(CAPACITY), messages);
  }

  @Test
  void aStartGoesOnWhereTheRingWas() {
    RecentIds first = new RecentIds(CAPACITY);
    for (int n = 1; n <= 1500; n++) {
      first.add(n, 7, n * 10L);
    }
    write(first, new Rows(index));

    RecentIds second = loaded(CAPACITY);
    for (int n = 1501; n <= 4000; n++) {
      second.add(n, 7, n * 10L);
    }

    assertThatTheNewestAreKnown(second, 4000);
  }

  @Test
  void anIdThatCameTwiceStandsForItsLaterPlace() {
    RecentIds ids = new RecentIds(CAPACITY);
    for (int n = 1; n <= 2000; n++) {
      ids.add(n, 7, n * 10L);
    }
    ids.add(5, 8, 5);
    // Over its first slot, and some more.
    for (int n = 3000; n < 3100; n++) {
      ids.add(n, 7, n * 10L);
    }
    write(ids, new Rows(index));

    assertThat(ids.find(4)).isNull();
    assertThat(ids.find(5)).isEqualTo(new RecentIds.Place(8, 5));
    assertThat(loaded(CAPACITY).find(5)).isEqualTo(new RecentIds.Place(8, 5));
  }

  @Test
  void theLaterPlaceCountsAlsoInALowerSlot() {
    RecentIds ids = new RecentIds(CAPACITY);
    for (int n = 1; n <= CAPACITY; n++) {
      ids.add(n, 7, n * 10L);
    }
    ids.add(2000, 8, 5);
    write(ids, new Rows(index));

    assertThat(ids.find(2000)).isEqualTo(new RecentIds.Place(8, 5));
    assertThat(loaded(CAPACITY).find(2000)).isEqualTo(new RecentIds.Place(8, 5));
  }

  @Test
  void rowsOfAnotherCapacityAreForgotten() {
    RecentIds ids = new RecentIds(CAPACITY);
    ids.add(1, 7, 10);
    write(ids, new Rows(index));

    assertThat(loaded(2 * CAPACITY).find(1)).isNull();
    assertThat(loaded(CAPACITY).find(1)).isNotNull();
  }

  private static void assertThatTheNewestAreKnown(RecentIds ids, int messages) {
    for (int n = 1; n <= messages; n++) {
      if (n <= messages - CAPACITY) {
        assertThat(ids.find(n)).as("message %d of %d", n, messages).isNull();
      } else {
        assertThat(ids.find(n))
            .as("message %d of %d", n, messages)
            .isEqualTo(new RecentIds.Place(7, n * 10L));
      }
    }
    assertThat(ids.find(messages + 1L)).isNull();
  }

  private void write(RecentIds ids, Rows rows) {
    ids.checkpoint(rows);
    index.write(rows.freeze(), 1);
    rows.written();
  }

  private RecentIds loaded(int capacity) {
    RecentIds ids = new RecentIds(capacity);
    ids.load(new Rows(index));
    return ids;
  }
}
