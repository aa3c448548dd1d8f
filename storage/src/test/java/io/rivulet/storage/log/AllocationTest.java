package io.rivulet.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On file systems that can do it; elsewhere it has to say so and leave nothing. */
class AllocationTest {
  @TempDir private Path folder;

  @Test
  void anAllocatedFileHasItsSizeAndReadsAsZeros() throws IOException {
    Path file = folder.resolve("allocated \u00e4");

    boolean isAllocated = Allocation.allocate(file, 1 << 20);

    assertThat(Files.exists(file)).isEqualTo(isAllocated);
    if (isAllocated) {
      assertThat(Files.readAllBytes(file)).hasSize(1 << 20).containsOnly(0);
    }
  }

  @Test
  void aFileThatExistsIsLeftAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("there"), "content");

    assertThat(Allocation.allocate(file, 1 << 20)).isFalse();
    assertThat(Files.readString(file)).isEqualTo("content");
  }

  @Test
  void whatHasNoRoomLeavesNothing() {
    Path file = folder.resolve("huge");
    boolean isRefused;
    try {
      isRefused = !Allocation.allocate(file, 1L << 50);
    } catch (IOException noRoom) {
      isRefused = true;
    }

    assertThat(isRefused).isTrue();
    assertThat(Files.exists(file)).isFalse();
  }
}
