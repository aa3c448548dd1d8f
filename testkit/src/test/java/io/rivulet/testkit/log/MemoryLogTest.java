package io.rivulet.testkit.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.testkit.time.SimulatedClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class MemoryLogTest {
  private final RecordingListener listener = new RecordingListener();
  private final MemoryLog log = started(MemoryLog.manual(new SimulatedClock()));

  @Test
  void nothingIsWrittenOrDurableUntilTheTestSaysSo() {
    append(log, "a");

    assertThat(log.unwrittenBytes()).isEqualTo(1);
    assertThat(log.durableEnd()).isZero();
    assertThat(listener.written()).isZero();

    log.completeWrite();
    assertThat(listener.written()).isEqualTo(log.end());
    assertThat(listener.durable()).isZero();

    log.completeSync();
    assertThat(listener.durable()).isEqualTo(log.end());
    assertThat(log.syncedEnd()).isEqualTo(log.end());
  }

  @Test
  void writesCompleteOneByOneInOrder() {
    append(log, "a");
    long end = log.end();
    append(log, "b");

    log.completeWrite(1);

    assertThat(listener.written()).isEqualTo(end);
    assertThat(log.unwrittenBatches()).isEqualTo(1);
    assertThat(log.unsyncedBatches()).isEqualTo(1);
  }

  @Test
  void inIntervalModeWrittenIsDurable() {
    log.durableWhenWritten();
    append(log, "a");

    log.completeWrite();

    assertThat(listener.durable()).isEqualTo(log.end());
    assertThat(log.syncedEnd()).isZero();
  }

  @Test
  void aPowerLossTakesAllThatWasNotSynced() throws IOException {
    append(log, "synced");
    log.completeAll();
    long end = log.end();
    append(log, "written");
    log.completeWrite();

    MemoryLog found = log.crash(0);

    assertThat(found.end()).isEqualTo(end);
    assertThat(found.syncedEnd()).isEqualTo(end);
    assertThat(CommitLogContractTest.contents(found)).containsExactly("synced");
  }

  @Test
  void aCrashKeepsAsManyUnsyncedBatchesAsAskedFor() throws IOException {
    for (String text : new String[] {"a", "b", "c", "d"}) {
      append(log, text);
    }
    log.completeWrite(1);
    log.completeSync();

    assertThat(CommitLogContractTest.contents(log.crash(2))).containsExactly("a", "b", "c");
  }

  @Test
  void theFoundLogGoesOnWhereTheOldOneEnded() {
    append(log, "a");
    log.completeAll();
    long end = log.end();

    MemoryLog found = started(log.crash(0));
    long base = append(found, "b");

    assertThat(base).isGreaterThanOrEqualTo(end);
  }

  @Test
  void aFailedSyncBreaksTheLogForGood() {
    append(log, "a");
    log.failNextSync(new IOException("no such block"));

    log.completeAll();

    assertThat(listener.failure()).hasMessage("no such block");
    assertThat(listener.durable()).isZero();
    assertThatThrownBy(() -> append(log, "b")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> log.sync(log.end())).isInstanceOf(IOException.class);
  }

  @Test
  void aFailedWriteBreaksTheLogForGood() {
    append(log, "a");
    log.failNextWrite(new IOException("no such block"));

    log.completeAll();

    assertThat(listener.failure()).hasMessage("no such block");
    assertThat(listener.written()).isZero();
  }

  @Test
  void syncCompletesWhatLiesBelowItsPosition() throws IOException {
    append(log, "a");
    long end = log.end();
    append(log, "b");

    log.sync(end);

    assertThat(log.syncedEnd()).isEqualTo(end);
    assertThat(log.unwrittenBatches()).isEqualTo(1);
  }

  @Test
  void theReserveIsForUrgentBatchesOnly() {
    log.limitRoom(200, 100);

    assertThat(log.hasRoomFor(50, Urgency.NORMAL)).isTrue();
    assertThat(log.hasRoomFor(100, Urgency.NORMAL)).isFalse();
    assertThat(log.hasRoomFor(100, Urgency.RESERVE)).isTrue();
    assertThat(log.hasRoomFor(200, Urgency.RESERVE)).isFalse();
    assertThatThrownBy(() -> log.append(ByteBuffer.wrap(new byte[100]), Urgency.NORMAL, true))
        .isInstanceOf(IllegalStateException.class);
  }

  private MemoryLog started(MemoryLog unstarted) {
    unstarted.start(listener);
    return unstarted;
  }

  private static long append(MemoryLog log, String text) {
    return log.append(CommitLogContractTest.buffer(text), Urgency.NORMAL, true);
  }
}
