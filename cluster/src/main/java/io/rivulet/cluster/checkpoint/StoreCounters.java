package io.rivulet.cluster.checkpoint;

import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads: adders. What a store has done since it was opened. */
final class StoreCounters {
  final LongAdder storedCheckpoints = new LongAdder();
  final LongAdder storedBytes = new LongAdder();
  final LongAdder sharedBytes = new LongAdder();
  final LongAdder storeMillis = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder tooLarge = new LongAdder();
  final LongAdder damagedFiles = new LongAdder();
}
