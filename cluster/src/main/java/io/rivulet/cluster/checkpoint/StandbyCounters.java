package io.rivulet.cluster.checkpoint;

import java.util.concurrent.atomic.LongAdder;

/** Safe for all threads: adders. What the standbys of a node have done since it was started. */
final class StandbyCounters {
  final LongAdder fetched = new LongAdder();
  final LongAdder fetchedBytes = new LongAdder();
  final LongAdder linkedBytes = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder damaged = new LongAdder();
}
