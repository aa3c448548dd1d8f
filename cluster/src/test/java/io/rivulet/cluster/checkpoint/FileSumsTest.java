package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSumsTest {
  private final FileSums sums = new FileSums();
  private final Patience patience = Patience.upTo(Duration.ofSeconds(10));
  private final Path data;

  FileSumsTest(@TempDir Path data) {
    this.data = data;
  }

  private long read(Path file) throws IOException {
    return sums.of(file, null, patience, new StopSign("the test"));
  }

  /** Fails if the file would have to be read. */
  private long remembered(Path file) throws IOException {
    StopSign stop = new StopSign("reading");
    stop.raise();
    return sums.of(file, null, patience, stop);
  }

  private Path file(String name, int bytes) throws IOException {
    return Files.write(data.resolve(name), CheckpointWorld.bytes(name, bytes));
  }

  private static long sumOf(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return sum.getValue();
  }

  @Test
  void aFileIsReadOnce() throws IOException {
    Path file = file("a", 3_000_000);
    assertThatThrownBy(() -> remembered(file)).hasMessageContaining("stopped");

    assertThat(read(file)).isEqualTo(sumOf(CheckpointWorld.bytes("a", 3_000_000)));

    assertThat(remembered(file)).isEqualTo(read(file));
  }

  @Test
  void anotherNameOfTheSameFileIsKnown() throws IOException {
    Path file = file("a", 1000);
    read(file);
    Path link = Files.createLink(data.resolve("b"), file);
    Files.delete(file);

    assertThat(remembered(link)).isEqualTo(sumOf(CheckpointWorld.bytes("a", 1000)));
  }

  @Test
  void anotherFileOfTheSameNameIsNot() throws IOException {
    Path file = file("a", 1000);
    read(file);
    Path other = file("b", 1000);
    Files.move(file, data.resolve("elsewhere"));
    Files.move(other, file);

    assertThat(read(file)).isEqualTo(sumOf(CheckpointWorld.bytes("b", 1000)));
  }

  @Test
  void anEmptyFileHasASumToo() throws IOException {
    assertThat(read(file("empty", 0))).isZero();
  }
}
