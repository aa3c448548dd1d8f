package io.rivulet.storage.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder
  NativeLibraryTest() {}

  @Test
  void theLibraryIsUnpackedOnce() throws IOException {
    Path library = unpack();
    Files.setLastModifiedTime(library, LONG_AGO);

    assertThat(unpack()).isEqualTo(library);
    assertThat(Files.getLastModifiedTime(library)).isEqualTo(LONG_AGO);
  }

  @Test
  void aDamagedLibraryIsUnpackedAgain() throws IOException {
    Path library = unpack();
    byte[] right = Files.readAllBytes(library);
    byte[] wrong = right.clone();
    wrong[wrong.length / 2] ^= 1;
    Files.write(library, wrong);

    assertThat(unpack()).isEqualTo(library).hasBinaryContent(right);
  }

  @Test
  void theLibraryOfAnotherVersionGoes() throws IOException {
    Path older = folder.resolve("native/00000000/librocksdb.so");
    Files.createDirectories(older.getParent());
    Files.write(older, new byte[10]);

    unpack();

    assertThat(older).doesNotExist();
  }

  private Path unpack() throws IOException {
    Path unpacked = new NativeLibrary(folder.resolve("native")).unpacked();
    try (Stream<Path> files = Files.list(unpacked)) {
      return files.toList().getFirst();
    }
  }
}
