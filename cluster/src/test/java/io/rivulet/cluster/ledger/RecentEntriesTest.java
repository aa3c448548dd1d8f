package io.rivulet.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.RecentEntries.Entry;
import org.junit.jupiter.api.Test;

class RecentEntriesTest {
  private static final int SMALL = 1000;
  private static final int LARGE = 1 << 20;

  private final RecentEntries recent = new RecentEntries(10 * SMALL, 0);

  @Test
  void aLargeOneIsThereUntilItIsAcknowledgedAndTakesNoPlaceOfOthers() {
    Entry small = put(0, SMALL);
    Entry large = put(1, LARGE);
    Entry next = put(2, SMALL);
    acknowledge(small);
    assertThat(recent.get(0)).isSameAs(small);
    assertThat(recent.get(1)).isSameAs(large);

    acknowledge(large);
    acknowledge(next);
    assertThat(recent.get(0)).isSameAs(small);
    assertThat(recent.get(1)).isNull();
    assertThat(recent.get(2)).isSameAs(next);
  }

  @Test
  void theOldestMakeRoomAlsoBehindALargeOne() {
    acknowledge(put(0, LARGE));
    for (int index = 1; index <= 11; index++) {
      acknowledge(put(index, SMALL));
    }
    assertThat(recent.get(1)).isNull();
    assertThat(recent.get(2)).isNotNull();
    assertThat(recent.get(11)).isNotNull();
  }

  @Test
  void whatIsOldIsForgottenAlsoBehindALargeOne() {
    acknowledge(put(0, LARGE));
    acknowledge(put(1, SMALL));
    recent.forget(1, 2);
    assertThat(recent.get(1)).isNull();
  }

  private Entry put(long index, int bytes) {
    Entry entry = new Entry(index, new byte[bytes], 0);
    recent.put(entry);
    return entry;
  }

  /** As {@link EntryQueue} does. */
  private void acknowledge(Entry entry) {
    recent.acknowledged(entry);
    recent.makeRoom(entry.index() + 1);
  }
}
