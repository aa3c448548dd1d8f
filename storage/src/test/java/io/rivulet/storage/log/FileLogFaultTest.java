package io.rivulet.storage.log;

import static io.rivulet.storage.log.LogFolders.SEGMENT_BYTES;
import static io.rivulet.storage.log.LogFolders.append;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.rivulet.engine.log.CommitLog.Urgency;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.log.CommitLogContractTest;
import io.rivulet.testkit.log.RecordingListener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fails or is full: nothing acknowledged is lost, and what is wrong is said. */
class FileLogFaultTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int MESSAGE_BYTES = 1_000;

  @TempDir private Path folder;
  private FaultyDisk disk;
  private final RecordingListener listener = new RecordingListener();

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder and calls setUp
  FileLogFaultTest() {}

  @BeforeEach
  void setUp() {
    disk = new FaultyDisk(folder);
  }

  @Test
  void aFailedWriteBreaksTheLog() throws IOException {
    try (FileLog log = open()) {
      disk.failWrites();

      append(log, "lost");

      await().atMost(SOON).until(() -> listener.failure() != null);
      assertThat(listener.failure()).hasMessage("Input/output error");
      assertThat(listener.durable()).isZero();
      assertThatThrownBy(() -> append(log, "refused")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aFailedSyncBreaksTheLogAndIsNotTriedAgain() throws IOException {
    try (FileLog log = open()) {
      append(log, "acknowledged");
      log.sync(log.end());
      long durable = log.durableEnd();
      disk.failSyncs();

      append(log, "never durable");

      await().atMost(SOON).until(() -> listener.failure() != null);
      assertThat(log.durableEnd()).isEqualTo(durable);
      assertThatThrownBy(() -> log.sync(log.end()))
          .isInstanceOf(IOException.class)
          .hasStackTraceContaining("Input/output error");
      assertThatThrownBy(() -> append(log, "refused")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aFailedSyncBetweenIntervalsBreaksTheLogAsWell() throws IOException {
    LogConfig config =
        LogFolders.config(folder)
            .withDurability(Durability.INTERVAL)
            .withSyncInterval(Duration.ofMillis(1));
    try (FileLog log = open(config)) {
      disk.failSyncs();

      append(log, "in the file");

      await().atMost(SOON).until(() -> listener.failure() != null);
    }
  }

  @Test
  void aFullDiskRefusesNewDataAndTakesAcknowledgements() throws IOException {
    disk.resize(5 * SEGMENT_BYTES);
    try (FileLog log = open()) {
      List<String> acknowledged = appendUntilRefused(log, Urgency.NORMAL);

      List<String> urgent = appendUntilRefused(log, Urgency.RESERVE);

      assertThat(acknowledged).hasSizeGreaterThan(2 * SEGMENT_BYTES / MESSAGE_BYTES);
      assertThat(urgent).hasSizeGreaterThan(SEGMENT_BYTES / MESSAGE_BYTES * 9 / 10);
      acknowledged.addAll(urgent);
      assertThat(CommitLogContractTest.contents(log)).isEqualTo(acknowledged);
      assertThat(listener.failure()).isNull();
    }
  }

  @Test
  void anAppendWithoutRoomIsRefusedAndLeavesTheLogWhole() throws IOException {
    disk.resize(5 * SEGMENT_BYTES);
    try (FileLog log = open()) {
      List<String> acknowledged = appendUntilRefused(log, Urgency.NORMAL);

      assertThatThrownBy(() -> append(log, "x".repeat(MESSAGE_BYTES)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("room")
          .hasMessageContaining(folder.toString());
      assertThat(CommitLogContractTest.contents(log)).isEqualTo(acknowledged);
    }
  }

  @Test
  void trimmingGivesRoomBack() throws IOException {
    disk.resize(6 * SEGMENT_BYTES);
    try (FileLog log = open()) {
      appendUntilRefused(log, Urgency.NORMAL);

      log.trim(log.end());

      await().atMost(SOON).until(() -> log.hasRoomFor(MESSAGE_BYTES, Urgency.NORMAL));
      append(log, "there is room again");
      log.sync(log.end());
    }
  }

  @Test
  void roomThatOthersFreeIsNoticed() throws IOException {
    disk.resize(5 * SEGMENT_BYTES);
    try (FileLog log = open()) {
      appendUntilRefused(log, Urgency.NORMAL);

      disk.resize(100 * SEGMENT_BYTES);

      await().atMost(SOON).until(() -> log.hasRoomFor(MESSAGE_BYTES, Urgency.NORMAL));
    }
  }

  @Test
  void aLogOnAFullDiskIsReopenedWithAllThatWasAcknowledged() throws IOException {
    disk.resize(5 * SEGMENT_BYTES);
    List<String> acknowledged;
    try (FileLog log = open()) {
      acknowledged = appendUntilRefused(log, Urgency.NORMAL);
    }

    try (FileLog log = open()) {
      assertThat(CommitLogContractTest.contents(log)).isEqualTo(acknowledged);
      assertThat(log.hasRoomFor(MESSAGE_BYTES, Urgency.RESERVE)).isTrue();
    }
  }

  @Test
  void aDiskWithoutRoomForAFirstSegmentIsNamed() throws IOException {
    disk.resize(1_000);

    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("log.min-free-bytes");
  }

  @Test
  void theFirstStartDoesNotWaitForTheReserve() throws IOException {
    LogConfig config = LogConfig.defaults(folder).withRoom(1L << 30, 0);
    disk.resize(64L << 20);

    try (FileLog log = open(config)) {
      assertThat(log.hasRoomFor(MESSAGE_BYTES, Urgency.RESERVE)).isTrue();
      assertThat(Files.size(LogFolders.segmentFiles(folder).getFirst())).isLessThan(5 << 20);
    }
  }

  private FileLog open() throws IOException {
    return open(LogFolders.config(folder));
  }

  private FileLog open(LogConfig config) throws IOException {
    FileLog log = FileLog.open(config, Clock.system(), disk, new SplittableRandom(1));
    log.start(listener);
    return log;
  }

  /** Appends, waiting for each batch, until there is no room for another; returns all of them. */
  private static List<String> appendUntilRefused(FileLog log, Urgency urgency) throws IOException {
    List<String> appended = new ArrayList<>();
    while (log.hasRoomFor(MESSAGE_BYTES, urgency)) {
      String text = (urgency + " " + appended.size() + " " + "x".repeat(MESSAGE_BYTES));
      ByteBuffer payload = CommitLogContractTest.buffer(text.substring(0, MESSAGE_BYTES));
      log.append(payload, urgency, true);
      log.sync(log.end());
      appended.add(text.substring(0, MESSAGE_BYTES));
    }
    return appended;
  }
}
