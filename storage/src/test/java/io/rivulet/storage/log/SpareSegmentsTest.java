package io.rivulet.storage.log;

import static io.rivulet.storage.log.LogFolders.SEGMENT_BYTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Room counts for new messages only as far as files can be made of it. */
class SpareSegmentsTest {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  SpareSegmentsTest() {}

  @Test
  void roomThatIsTooLittleForAFileIsNone() throws IOException {
    assertThat(withRoom(SEGMENT_BYTES - 1).holds(1_000)).isFalse();
    assertThat(withRoom(SEGMENT_BYTES).holds(1_000)).isTrue();
  }

  @Test
  void aRestThatIsTooLittleForAFileCountsForNothing() throws IOException {
    SpareSegments spares = withRoom(2 * SEGMENT_BYTES - 1);

    assertThat(spares.holds(SEGMENT_BYTES)).isTrue();
    assertThat(spares.holds(SEGMENT_BYTES + 1)).isFalse();
  }

  @Test
  void theLastRoomMayBeInTheFileThatIsBeingFilled() throws Exception {
    FaultyDisk disk = new FaultyDisk(folder);
    Bounds bounds = new Bounds(disk, folder);
    disk.resize(SEGMENT_BYTES + folder.resolve("bounds").toFile().length());
    SpareSegments spares = new SpareSegments(disk, LogFolders.config(folder), bounds, List.of());
    disk.holdSyncs();
    Thread space = Thread.ofPlatform().start(spares);
    await().until(() -> disk.usableBytes(folder) == 0);

    assertThat(spares.prepare(1_000, false)).as("who can wait is not kept").isFalse();
    CompletableFuture<Boolean> urgent =
        CompletableFuture.supplyAsync(() -> spares.prepare(1_000, true));
    disk.releaseSyncs();

    assertThat(urgent.get(10, TimeUnit.SECONDS)).isTrue();
    spares.close();
    space.join();
  }

  @Test
  void aFileThatIsBeingFilledIsRoomForNewMessages() throws Exception {
    FaultyDisk disk = new FaultyDisk(folder);
    Bounds bounds = new Bounds(disk, folder);
    disk.resize(2 * SEGMENT_BYTES + folder.resolve("bounds").toFile().length());
    SpareSegments spares = new SpareSegments(disk, LogFolders.config(folder), bounds, List.of());
    disk.holdSyncs();
    Thread space = Thread.ofPlatform().start(spares);
    await().until(() -> disk.usableBytes(folder) == SEGMENT_BYTES);

    assertThat(spares.holds(2 * SEGMENT_BYTES)).isTrue();
    assertThat(spares.holds(2 * SEGMENT_BYTES + 1)).isFalse();
    assertThat(spares.prepare(1_000, false)).as("a file beside it").isTrue();
    assertThat(spares.holds(2 * SEGMENT_BYTES)).isTrue();
    assertThat(spares.holds(2 * SEGMENT_BYTES + 1)).isFalse();
    disk.releaseSyncs();
    await().until(() -> spares.readyBytes() == 2 * SEGMENT_BYTES);
    assertThat(spares.holds(2 * SEGMENT_BYTES)).isTrue();
    spares.close();
    space.join();
  }

  private SpareSegments withRoom(long bytes) throws IOException {
    FaultyDisk disk = new FaultyDisk(folder);
    Bounds bounds = new Bounds(disk, folder);
    disk.resize(bytes + folder.resolve("bounds").toFile().length());
    return new SpareSegments(disk, LogFolders.config(folder), bounds, List.of());
  }
}
