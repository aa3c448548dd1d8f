package io.rivulet.storage.log;

import static io.rivulet.storage.log.LogFolders.SEGMENT_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Room counts for new messages only as far as files can be made of it. */
class SpareSegmentsTest {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  SpareSegmentsTest() {}

  @Test
  void roomThatIsTooLittleForAFileIsNone() throws IOException {
    assertThat(withRoom(SEGMENT_BYTES - 1).mayAllocate(1_000)).isFalse();
    assertThat(withRoom(SEGMENT_BYTES).mayAllocate(1_000)).isTrue();
  }

  @Test
  void aRestThatIsTooLittleForAFileCountsForNothing() throws IOException {
    SpareSegments spares = withRoom(2 * SEGMENT_BYTES - 1);

    assertThat(spares.mayAllocate(SEGMENT_BYTES)).isTrue();
    assertThat(spares.mayAllocate(SEGMENT_BYTES + 1)).isFalse();
  }

  private SpareSegments withRoom(long bytes) throws IOException {
    FaultyDisk disk = new FaultyDisk(folder);
    Bounds bounds = new Bounds(disk, folder);
    disk.resize(bytes + folder.resolve("bounds").toFile().length());
    return new SpareSegments(disk, LogFolders.config(folder), bounds, List.of());
  }
}
