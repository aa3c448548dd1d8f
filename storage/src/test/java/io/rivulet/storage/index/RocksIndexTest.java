package io.rivulet.storage.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.engine.index.Index;
import io.rivulet.engine.index.IndexBatch;
import io.rivulet.engine.index.Table;
import io.rivulet.testkit.index.IndexContractTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RocksIndexTest extends IndexContractTest {
  private static final long ANY_END = Long.MAX_VALUE;

  @TempDir private Path data;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  RocksIndexTest() {}

  @Override
  protected Index open() throws IOException {
    return open(ANY_END);
  }

  @Override
  protected Index reopen(Index closing) throws IOException {
    return reopenBefore(closing, ANY_END);
  }

  @Override
  protected Index lose(Index closing) throws IOException {
    closing.close();
    Snapshots.delete(data.resolve("index"));
    return open(ANY_END);
  }

  @Override
  protected Index reopenBefore(Index closing, long logEnd) throws IOException {
    closing.close();
    return open(logEnd);
  }

  private RocksIndex open(long logEnd) throws IOException {
    return RocksIndex.open(new IndexConfig(data.resolve("index"), 8 << 20, 1 << 20), logEnd);
  }

  @Test
  void aDamagedIndexIsMadeAnewFromTheNewestSnapshot() throws IOException {
    put(10, Table.META, "a", "1");
    index().snapshot();
    put(20, Table.META, "a", "2");
    index().close();
    damage(data.resolve("index"), "MANIFEST");

    try (RocksIndex found = open(ANY_END)) {
      assertThat(found.position()).isEqualTo(10);
      assertThat(found.get(Table.META, bytes("a"))).isEqualTo(bytes("1"));
    }
  }

  @Test
  void anIndexThatIsOpenIsNotTakenForADamagedOne() throws IOException {
    put(10, Table.META, "a", "1");
    index().snapshot();

    assertThatThrownBy(() -> open(ANY_END)).isInstanceOf(IndexInUseException.class);

    assertThat(index().get(Table.META, bytes("a"))).isEqualTo(bytes("1"));
    index().flush();
    assertThat(index().oldestSnapshotPosition()).isEqualTo(10);
  }

  @Test
  void aDamagedSnapshotIsPassedOverForTheOlderOne() throws IOException {
    put(10, Table.META, "a", "1");
    index().snapshot();
    put(20, Table.META, "a", "2");
    index().snapshot();
    index().close();
    damage(data.resolve("snapshots/%020d".formatted(20)), "MANIFEST");
    Snapshots.delete(data.resolve("index"));

    try (RocksIndex found = open(ANY_END)) {
      assertThat(found.position()).isEqualTo(10);
      assertThat(found.oldestSnapshotPosition()).isEqualTo(10);
    }
  }

  @Test
  void aSnapshotThatWasNotFinishedIsRemoved() throws IOException {
    index().close();
    Path unfinished = data.resolve("snapshots/%020d.unfinished".formatted(20));
    Files.createDirectories(unfinished);
    Files.writeString(unfinished.resolve("CURRENT"), "half");

    try (RocksIndex found = open(ANY_END)) {
      assertThat(found.position()).isZero();
      assertThat(unfinished).doesNotExist();
    }
  }

  @Test
  void anIndexMadeFromASnapshotLeavesTheSnapshotAsItWas() throws IOException {
    put(10, Table.META, "a", "1");
    index().snapshot();
    index().close();

    for (int round = 0; round < 3; round++) {
      Snapshots.delete(data.resolve("index"));
      try (RocksIndex found = open(ANY_END)) {
        assertThat(found.get(Table.META, bytes("a"))).isEqualTo(bytes("1"));
        for (int i = 0; i < 1_000; i++) {
          IndexBatch batch = new IndexBatch();
          batch.put(Table.META, bytes("a"), bytes("changed " + i));
          found.write(batch, 20 + i);
        }
        found.flush();
      }
    }
  }

  @Test
  void theIndexIsClosedBeforeItsFolderGoes() throws IOException {
    put(10, Table.QUEUE, "12345678", "1");

    index().close();

    try (Stream<Path> files = Files.list(data.resolve("index"))) {
      assertThat(files.map(file -> file.getFileName().toString())).contains("CURRENT");
    }
  }

  private static void damage(Path folder, String namePrefix) throws IOException {
    List<Path> damaged;
    try (Stream<Path> files = Files.list(folder)) {
      damaged = files.filter(file -> file.getFileName().toString().startsWith(namePrefix)).toList();
    }
    assertThat(damaged).isNotEmpty();
    for (Path file : damaged) {
      Files.write(file, new byte[] {1, 2, 3});
    }
  }
}
