package io.rivulet.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.RecentEntries.Entry;
import org.junit.jupiter.api.Test;

class RecentEntriesTest {
  private static final int CAPACITY = 1600;

  private final RecentEntries recent = new RecentEntries(CAPACITY, 0);

  @Test
  void aPartOfALargeMessageIsThereUntilItIsAcknowledgedAndTakesNoPlaceOfOthers() {
    Entry small = put(0, 100);
    Entry large = put(1, 5 * CAPACITY);
    Entry next = put(2, 100);
    recent.acknowledged(small);
    recent.makeRoom(0);
    assertThat(recent.get(1)).isSameAs(large);

    recent.acknowledged(large);
    recent.acknowledged(next);
    recent.makeRoom(3);
    assertThat(recent.get(0)).isSameAs(small);
    assertThat(recent.get(1)).isNull();
    assertThat(recent.get(2)).isSameAs(next);
  }

  @Test
  void theOldestMakeRoomAlsoWhereALargeOneHasGone() {
    recent.acknowledged(put(0, 101));
    for (int index = 1; index <= 17; index++) {
      recent.acknowledged(put(index, 100));
    }
    recent.makeRoom(18);
    assertThat(recent.get(1)).isNull();
    assertThat(recent.get(2)).isNotNull();
    assertThat(recent.get(17)).isNotNull();
  }

  @Test
  void whatIsOldIsForgottenAlsoBehindALargeOneThatHasGone() {
    Entry large = put(0, CAPACITY);
    put(1, 100);
    recent.acknowledged(large);
    recent.forget(1, 2);
    assertThat(recent.get(1)).isNull();
  }

  private Entry put(long index, int bytes) {
    Entry entry = new Entry(index, new byte[bytes], 0);
    recent.put(entry);
    return entry;
  }
}
