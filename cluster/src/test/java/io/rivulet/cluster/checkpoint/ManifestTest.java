package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  private static final StoredFile FILE =
      new StoredFile("000012.sst", 5_000_000_000L, 0xfedcba98L, 17, 0, 4769);
  private static final Manifest MANIFEST =
      new Manifest(
          1,
          3,
          7,
          123_456_789_012L,
          1_767_225_600_000L,
          List.of(new Manifest.Ledger(17, 5_000_000_000L, 2), new Manifest.Ledger(18, 16, -1)),
          List.of(FILE, new StoredFile("CURRENT", 16, 99, 18, 0, 1)));

  private static Manifest of(StoredFile... files) {
    return new Manifest(1, 3, 7, 10, 0, List.of(new Manifest.Ledger(17, 0, 0)), List.of(files));
  }

  @Test
  void itIsReadAsItWasWritten() throws DamagedCheckpointException {
    assertThat(Manifest.decode(MANIFEST.encode(), "ledger 5")).isEqualTo(MANIFEST);
    assertThat(MANIFEST.ledgerIds()).containsExactly(17L, 18L);
    assertThat(MANIFEST.fileBytes()).isEqualTo(5_000_000_016L);
  }

  @Test
  void itIsTextThatAPersonCanRead() {
    assertThat(new String(MANIFEST.encode(), StandardCharsets.UTF_8))
        .contains("\"position\":123456789012", "\"name\":\"000012.sst\"", "\"crc32c\":4275878552")
        .endsWith("\n");
  }

  @Test
  void whateverByteOfItIsDamagedItIsFound() {
    byte[] good = MANIFEST.encode();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      assertThatThrownBy(() -> Manifest.decode(bad, "ledger 5"))
          .as("byte %d", i)
          .isInstanceOf(DamagedCheckpointException.class)
          .hasMessageContaining("ledger 5");
    }
  }

  @Test
  void aPartOfItIsNoManifest() {
    byte[] good = MANIFEST.encode();
    for (int length = 0; length < good.length; length++) {
      byte[] part = Arrays.copyOf(good, length);
      assertThatThrownBy(() -> Manifest.decode(part, "ledger 5"))
          .isInstanceOf(DamagedCheckpointException.class);
    }
  }

  @Test
  void oneOfAnEarlierVersionKnowsOfNoLostDisk() throws DamagedCheckpointException {
    String line =
        "{\"format\":1,\"shard\":3,\"epoch\":7,\"position\":10,\"madeMillis\":0,"
            + "\"ledgers\":[{\"id\":17,\"sizeBytes\":5}],\"files\":[{\"name\":\"CURRENT\","
            + "\"sizeBytes\":5,\"crc32c\":99,\"ledger\":17,\"firstEntry\":0,\"entries\":1}]}\n";
    CRC32C sum = new CRC32C();
    sum.update(line.getBytes(StandardCharsets.UTF_8));
    String text = line + "crc32c %08x\n".formatted(sum.getValue());

    Manifest found = Manifest.decode(text.getBytes(StandardCharsets.UTF_8), "ledger 5");

    assertThat(found.ledgers()).containsExactly(new Manifest.Ledger(17, 5, 0));
    assertThat(found.ledgers().getFirst().isThin(0)).isFalse();
    assertThat(found.ledgers().getFirst().isThin(1)).isTrue();
  }

  @Test
  void oneOfALaterVersionIsRefused() {
    assertThatThrownBy(() -> new Manifest(2, 3, 7, 10, 0, List.of(), List.of()))
        .hasMessageContaining("format 2")
        .hasMessageContaining("reads 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/b", "", ".hidden", "a\\b", "a\nb"})
  void aFileIsNamedWithoutAFolder(String name) {
    assertThatThrownBy(() -> of(new StoredFile(name, 1, 0, 17, 0, 1)))
        .hasMessageContaining("names a file");
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> of(FILE, FILE)).hasMessageContaining("twice");
    assertThatThrownBy(() -> of(new StoredFile("a", 1, 0, 99, 0, 1)))
        .hasMessageContaining("lacks the ledger");
    assertThatThrownBy(() -> of(new StoredFile("a", 1, 0, 17, 0, 2)))
        .hasMessageContaining("nonsense");
    assertThatThrownBy(() -> of(new StoredFile("a", 1, 0, 17, -1, 1)))
        .hasMessageContaining("nonsense");
  }
}
