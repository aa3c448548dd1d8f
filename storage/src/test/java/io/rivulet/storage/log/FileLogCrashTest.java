package io.rivulet.storage.log;

import static io.rivulet.storage.log.LogFolders.append;
import static io.rivulet.storage.log.LogFolders.appendSynced;
import static io.rivulet.storage.log.LogFolders.contents;
import static io.rivulet.storage.log.LogFolders.flipBit;
import static io.rivulet.storage.log.LogFolders.image;
import static io.rivulet.storage.log.LogFolders.segmentFiles;
import static io.rivulet.storage.log.LogFolders.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.rivulet.engine.log.CorruptLogException;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.log.CommitLogContractTest;
import io.rivulet.testkit.log.RecordingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The files of a log cut, damaged and removed: what was synced comes back or is missed aloud. */
class FileLogCrashTest {
  @TempDir private Path data;
  private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder and calls setUp
  FileLogCrashTest() {}

  @BeforeEach
  void setUp() {
    folder = data.resolve("log");
  }

  @Test
  void aFileCutAtAnyByteOfItsLastRecordsHasAllThatLiesBeforeTheCut() throws IOException {
    try (FileLog log = started(folder)) {
      append(log, "kept");
      long from = log.end();
      long b = append(log, "b".repeat(13));
      long c = append(log, "c".repeat(30));
      log.sync(log.end());
      for (long cut = from; cut <= log.end(); cut++) {
        Path found = image(folder, data.resolve("cut"));
        LogFolders.truncate(segmentFiles(found).getFirst(), cut);
        List<String> expected =
            cut < b + 13
                ? List.of("kept")
                : cut < c + 30
                    ? List.of("kept", "b".repeat(13))
                    : List.of("kept", "b".repeat(13), "c".repeat(30));

        assertThat(contents(found)).as("cut at %d", cut).isEqualTo(expected);
      }
    }
  }

  @Test
  void aFileWhoseEndNeverReachedTheDiskHasAllThatLiesBefore() throws IOException {
    try (FileLog log = started(folder)) {
      append(log, "kept");
      long from = log.end();
      long b = append(log, "b".repeat(50));
      log.sync(log.end());
      for (long blank = from; blank <= log.end(); blank++) {
        Path found = image(folder, data.resolve("blank"));
        LogFolders.blank(segmentFiles(found).getFirst(), blank);
        List<String> expected = blank < b + 50 ? List.of("kept") : List.of("kept", "b".repeat(50));

        assertThat(contents(found)).as("blank from %d", blank).isEqualTo(expected);
      }
    }
  }

  @Test
  void aCutIsLoggedWithPositionAndBytes() throws IOException {
    ListAppender<ILoggingEvent> events = new ListAppender<>();
    events.start();
    Logger logger = (Logger) LoggerFactory.getLogger(Recovery.class);
    logger.setLevel(Level.WARN);
    logger.addAppender(events);
    Path found = data.resolve("found");
    long position;
    try (FileLog log = started(folder)) {
      append(log, "kept");
      position = Frame.align(log.end());
      appendSynced(log, "torn");
      image(folder, found);
    }
    flipBit(segmentFiles(found).getFirst(), position + Frame.HEADER_BYTES);

    contents(found);
    contents(found);

    logger.detachAppender(events);
    logger.setLevel(null);
    assertThat(events.list)
        .singleElement()
        .satisfies(event ->
            assertThat(event.getFormattedMessage())
                .contains("torn tail of 48 bytes at position " + position)
                .contains(".log"));
  }

  @ParameterizedTest(name = "byte {0} of the frame")
  @ValueSource(ints = {0, 4, 7, 8, 15, 16, 24, 32, 35, 36, 39, 40, 49})
  void aBitFlippedInTheTailCutsTheTail(int region) throws IOException {
    Path found = data.resolve("found");
    long position;
    try (FileLog log = started(folder)) {
      appendSynced(log, "kept");
      position = Frame.align(log.end());
      appendSynced(log, "0123456789");
      image(folder, found);
    }
    flipBit(segmentFiles(found).getFirst(), position + region);

    try (FileLog log = started(found)) {
      assertThat(CommitLogContractTest.contents(log)).containsExactly("kept");
      appendSynced(log, "goes on");
      assertThat(CommitLogContractTest.contents(log)).containsExactly("kept", "goes on");
    }
  }

  @ParameterizedTest(name = "byte {0} of the frame")
  @ValueSource(ints = {0, 4, 7, 8, 15, 16, 24, 32, 35, 36, 39, 40, 49})
  void aBitFlippedInTheMiddleIsRefusedWithPositionAndFile(int region) throws IOException {
    Path found = data.resolve("found");
    long position;
    try (FileLog log = started(folder)) {
      appendSynced(log, "first");
      position = Frame.align(log.end());
      appendSynced(log, "0123456789");
      appendSynced(log, "last");
      image(folder, found);
    }
    Path file = segmentFiles(found).getFirst();
    flipBit(file, position + region);

    assertThatThrownBy(() -> contents(found))
        .isInstanceOf(CorruptLogException.class)
        .hasMessageContaining("position " + position)
        .hasMessageContaining(file.toString());
  }

  @Test
  void afterACleanStopEvenTheLastBatchIsMissed() throws IOException {
    long base;
    try (FileLog log = started(folder)) {
      base = append(log, "only");
    }
    flipBit(segmentFiles(folder).getFirst(), base);

    assertThatThrownBy(() -> contents(folder)).isInstanceOf(CorruptLogException.class);
  }

  @Test
  void batchesBehindATornOneDoNotComeBackLater() throws IOException {
    Path found = data.resolve("found");
    Path later = data.resolve("later");
    long position;
    try (FileLog log = started(folder)) {
      appendSynced(log, "kept");
      position = Frame.align(log.end());
      append(log, "torn");
      append(log, "whole, but behind a torn one");
      log.sync(log.end());
      image(folder, found);
    }
    // Unlike "0123456789" above, these two were written in one go: neither knows of the other.
    flipBit(segmentFiles(found).getFirst(), position + Frame.HEADER_BYTES);
    try (FileLog log = started(found)) {
      appendSynced(log, "anew");
      image(found, later);
    }

    assertThat(contents(later)).containsExactly("kept", "anew");
  }

  @Test
  void damageInAnOlderSegmentIsFoundWhenItIsReplayed() throws IOException {
    long base;
    try (FileLog log = started(folder)) {
      base = append(log, "damaged");
      fill(log, 3);
    }
    Path file = segmentFiles(folder).getFirst();
    flipBit(file, base);

    assertThatThrownBy(() -> contents(folder))
        .isInstanceOf(CorruptLogException.class)
        .hasMessageContaining("position " + (base - Frame.HEADER_BYTES))
        .hasMessageContaining(file.toString());
  }

  @ParameterizedTest(name = "segment {0}")
  @ValueSource(ints = {0, 1, 2, 3})
  void aMissingSegmentIsRefusedByName(int missing) throws IOException {
    try (FileLog log = started(folder)) {
      fill(log, 3);
    }
    assertThat(segmentFiles(folder)).hasSize(4);
    Path file = segmentFiles(folder).get(missing);
    Files.delete(file);

    assertThatThrownBy(() -> contents(folder))
        .isInstanceOf(CorruptLogException.class)
        .hasMessageContaining("missing")
        .hasMessageContaining(file.toString());
  }

  @Test
  void aShortenedOlderSegmentIsRefusedByName() throws IOException {
    try (FileLog log = started(folder)) {
      fill(log, 3);
    }
    Path file = segmentFiles(folder).get(1);
    LogFolders.truncate(file, 1_000);

    assertThatThrownBy(() -> contents(folder))
        .isInstanceOf(CorruptLogException.class)
        .hasMessageContaining(file.toString());
  }

  @ParameterizedTest(name = "byte {0} of the header")
  @ValueSource(ints = {0, 8, 12, 16, 24, 28, 32, 40, 48, 60})
  void aDamagedSegmentHeaderIsRefusedByName(int region) throws IOException {
    try (FileLog log = started(folder)) {
      append(log, "a");
    }
    Path file = segmentFiles(folder).getFirst();
    flipBit(file, region);

    assertThatThrownBy(() -> contents(folder))
        .isInstanceOf(CorruptLogException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aLogWithoutItsBoundsFileIsOpened() throws IOException {
    try (FileLog log = started(folder)) {
      append(log, "a");
    }
    Files.delete(folder.resolve("bounds"));

    assertThat(contents(folder)).containsExactly("a");
  }

  @Test
  void aTrimThatWasInterruptedIsFinished() throws IOException {
    Path before = data.resolve("before");
    long head;
    try (FileLog log = started(folder)) {
      fill(log, 3);
      log.sync(log.end());
      image(folder, before);
      log.trim(log.end());
      head = log.head();
    }
    Files.copy(
        folder.resolve("bounds"), before.resolve("bounds"), StandardCopyOption.REPLACE_EXISTING);

    try (FileLog log = started(before)) {
      assertThat(log.head()).isEqualTo(head);
      assertThat(segmentFiles(before)).hasSize(1);
    }
  }

  @Test
  void aSpareThatWasNotFilledIsRemoved() throws IOException {
    Files.createDirectories(folder);
    Path half = folder.resolve("0000000007.filling");
    Files.write(half, new byte[100]);

    started(folder).close();

    assertThat(half).doesNotExist();
  }

  @Test
  void aRecycledSegmentNeverShowsItsEarlierLife() throws IOException {
    Path found = data.resolve("found");
    List<String> expected;
    try (FileLog log = started(folder)) {
      for (int round = 0; round < 8; round++) {
        fill(log, 2);
        log.sync(log.end());
        log.trim(log.end());
      }
      expected = CommitLogContractTest.contents(log);
      await().until(() -> segmentFiles(folder).size() == 1);
      image(folder, found);
    }

    assertThat(contents(found)).isEqualTo(expected);
    assertThat(contents(folder)).isEqualTo(expected);
  }

  @Test
  void aFolderInUseIsRefused() throws IOException {
    try (FileLog log = started(folder)) {
      assertThatThrownBy(() -> FileLog.open(LogFolders.config(folder), Clock.system()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("process " + ProcessHandle.current().pid());
      append(log, "unharmed");
    }
    assertThat(contents(folder)).containsExactly("unharmed");
  }

  @Test
  void aLogInModeIntervalIsFoundWholeWhenOnlyTheProcessDied() throws IOException {
    Path found = data.resolve("found");
    LogConfig config = LogFolders.config(folder).withDurability(Durability.INTERVAL);
    try (FileLog log = FileLog.open(config, Clock.system())) {
      var listener = new RecordingListener();
      log.start(listener);
      append(log, "a");
      append(log, "b");
      await().until(() -> listener.durable() == log.end());
      image(folder, found);
    }

    assertThat(contents(found)).containsExactly("a", "b");
  }

  /** Appends until the log has this many segments more. */
  private static void fill(FileLog log, int count) {
    int target = log.segments().size() + count;
    for (int i = 0; log.segments().size() < target; i++) {
      append(log, i + "x".repeat(3_000));
    }
  }
}
