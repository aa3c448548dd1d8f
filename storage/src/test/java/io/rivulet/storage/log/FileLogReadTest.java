package io.rivulet.storage.log;

import static io.rivulet.storage.log.LogFolders.append;
import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.log.TrimmedException;
import io.rivulet.engine.time.Clock;
import io.rivulet.testkit.log.CommitLogContractTest;
import io.rivulet.testkit.log.RecordingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads of a log that is written, trimmed and interrupted at the same time. */
class FileLogReadTest {
  private static final int READERS = 4;
  private static final int MESSAGE_BYTES = 500;

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  FileLogReadTest() {}

  @Test
  void coldBatchesAreReadFromTheFiles() throws IOException {
    try (FileLog log = LogFolders.started(folder)) {
      List<Long> bases = appendMessages(log, 1_000);
      log.sync(log.end());

      for (int i = 0; i < bases.size(); i++) {
        assertThat(read(log, bases.get(i))).isEqualTo(message(i));
      }
    }
  }

  @Test
  void aNewLogBeginsWhereItIsToldAndIsFoundAgainAfterAKill() throws IOException {
    long first = 5L << 40;
    Path killed;
    try (FileLog log = FileLog.open(LogFolders.config(folder), Clock.system(), first)) {
      assertThat(log.end()).isEqualTo(first);
      log.start(new RecordingListener());
      List<Long> bases = appendMessages(log, 1_000);
      log.sync(log.end());
      assertThat(bases.getFirst()).isGreaterThan(first);
      killed = LogFolders.image(folder, folder.resolveSibling("killed"));
    }

    assertThat(LogFolders.contents(killed)).hasSize(1_000);
    try (FileLog log = FileLog.open(LogFolders.config(folder), Clock.system())) {
      assertThat(CommitLogContractTest.contents(log)).hasSize(1_000);
      assertThat(log.segments().getFirst().base()).isEqualTo(first);
    }
  }

  @Test
  void anInterruptedReaderGetsItsBytesAndKeepsItsInterrupt() throws IOException {
    try (FileLog log = LogFolders.started(folder)) {
      List<Long> bases = appendMessages(log, 1_000);
      log.sync(log.end());

      Thread.currentThread().interrupt();
      String read = read(log, bases.getFirst());

      assertThat(Thread.interrupted()).isTrue();
      assertThat(read).isEqualTo(message(0));
      assertThat(read(log, bases.get(1))).isEqualTo(message(1));
    }
  }

  @Test
  void interruptsOfSomeReadersDoNotDisturbOthers() throws Exception {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    try (FileLog log = LogFolders.started(folder)) {
      List<Long> bases = appendMessages(log, 1_000);
      log.sync(log.end());
      List<Thread> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        readers.add(
            Thread.ofVirtual()
                .uncaughtExceptionHandler((thread, failure) -> failures.add(failure))
                .start(() -> readAll(log, bases)));
      }

      while (readers.stream().anyMatch(Thread::isAlive)) {
        readers.getFirst().interrupt();
        Thread.onSpinWait();
      }
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void readersOfATrimmedLogGetTheirBatchOrAreTold() throws Exception {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Queue<Long> known = new ConcurrentLinkedQueue<>();
    AtomicBoolean isOver = new AtomicBoolean();
    try (FileLog log = LogFolders.started(folder)) {
      List<Thread> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        readers.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((thread, failure) -> failures.add(failure))
                .start(() -> readWhileTrimmed(log, known, isOver)));
      }

      for (int i = 0; i < 4_000; i++) {
        long base = append(log, message(i));
        known.add(base);
        if (i % 200 == 199) {
          log.sync(log.end());
          log.trim(log.end() - 3L * LogFolders.SEGMENT_BYTES);
        }
      }
      isOver.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
    }
    assertThat(failures).isEmpty();
  }

  private static void readAll(FileLog log, List<Long> bases) {
    try {
      for (int i = 0; i < bases.size(); i++) {
        assertThat(read(log, bases.get(i))).isEqualTo(message(i));
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void readWhileTrimmed(FileLog log, Queue<Long> known, AtomicBoolean isOver) {
    try {
      while (!isOver.get()) {
        int i = 0;
        for (long base : known) {
          try {
            assertThat(read(log, base)).isEqualTo(message(i));
          } catch (TrimmedException expected) {
            assertThat(base).isLessThan(log.head());
          }
          i++;
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Long> appendMessages(FileLog log, int count) {
    List<Long> bases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      bases.add(append(log, message(i)));
    }
    return bases;
  }

  private static String message(int number) {
    String text = number + " ";
    return text + "x".repeat(MESSAGE_BYTES - text.length());
  }

  private static String read(FileLog log, long base) throws IOException {
    return CommitLogContractTest.text(log.read(base, MESSAGE_BYTES));
  }
}
