package io.rivulet.testkit.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Row;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** What changed and is not written yet lies over what is in the index. */
final class RowsTest {
  private static final int KEYS = 40;

  private final MemoryIndex index = new MemoryIndex();
  private final Rows rows = new Rows(index);
  private long position;

  private void write() {
    index.write(rows.freeze(), ++position);
    rows.written();
  }

  private List<String> first(long from, long to, int limit) {
    List<String> found = new ArrayList<>();
    for (Row row : rows.first(Table.PARKED, Keys.of(from), Keys.of(to), limit)) {
      found.add(Keys.longAt(row.key(), 0) + "=" + row.value()[0]);
    }
    return found;
  }

  @Test
  void theFirstRowsAreThoseOfAllLayersWithoutWhatWasDeleted() {
    for (int key = 0; key < 6; key++) {
      rows.put(Table.PARKED, Keys.of(key), new byte[] {1});
    }
    write();
    rows.delete(Table.PARKED, Keys.of(0));
    rows.put(Table.PARKED, Keys.of(2), new byte[] {2});
    var _ = rows.freeze();
    rows.delete(Table.PARKED, Keys.of(1));
    rows.put(Table.PARKED, Keys.of(9), new byte[] {3});

    assertThat(first(0, 10, 3)).containsExactly("2=2", "3=1", "4=1");
    assertThat(first(4, 10, 9)).containsExactly("4=1", "5=1", "9=3");
    assertThat(first(4, 9, 9)).containsExactly("4=1", "5=1");
    assertThat(first(6, 6, 9)).isEmpty();
  }

  @Test
  void whateverChangesInWhicheverLayerTheyAreTheFirst() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
    TreeMap<Long, Integer> model = new TreeMap<>();
    boolean isFrozen = false;
    for (int step = 0; step < 5000; step++) {
      long key = random.nextInt(KEYS);
      if (random.nextBoolean()) {
        int value = random.nextInt(1, 100);
        rows.put(Table.PARKED, Keys.of(key), new byte[] {(byte) value});
        model.put(key, value);
      } else {
        rows.delete(Table.PARKED, Keys.of(key));
        model.remove(key);
      }
      if (random.nextInt(20) == 0) {
        if (isFrozen) {
          rows.written();
        }
        index.write(rows.freeze(), ++position);
        isFrozen = true;
      }
      long from = random.nextInt(KEYS);
      int limit = random.nextInt(1, 8);
      List<String> expected =
          model.tailMap(from).entrySet().stream()
              .limit(limit)
              .map(each -> each.getKey() + "=" + each.getValue())
              .toList();
      assertThat(first(from, KEYS, limit)).isEqualTo(expected);
    }
  }
}
