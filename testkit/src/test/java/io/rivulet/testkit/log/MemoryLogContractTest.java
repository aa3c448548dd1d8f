package io.rivulet.testkit.log;

import io.rivulet.engine.log.CommitLog;
import io.rivulet.testkit.time.SimulatedClock;

class MemoryLogContractTest extends CommitLogContractTest {
  private final SimulatedClock clock = new SimulatedClock();

  @Override
  protected CommitLog open(int segmentBytes) {
    return MemoryLog.automatic(clock, segmentBytes);
  }

  @Override
  protected CommitLog reopen(CommitLog closing) {
    ((MemoryLog) closing).close();
    return ((MemoryLog) closing).crash(0);
  }
}
