package io.rivulet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.message.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** Bodies that producers folded. */
final class StoredBodyTest {
  private static byte[] bodyOf(byte[] stored, boolean gzip) {
    return StoredBody.of(Message.builder("t", "id", stored).gzip(gzip).build());
  }

  @Test
  void gzipIsUnfolded() throws IOException {
    ByteArrayOutputStream folded = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(folded)) {
      out.write("hello".getBytes(StandardCharsets.UTF_8));
    }

    assertThat(bodyOf(folded.toByteArray(), true)).asString().isEqualTo("hello");
    assertThat(bodyOf(folded.toByteArray(), false)).isEqualTo(folded.toByteArray());
  }

  @Test
  void whatCannotBeUnfoldedStaysAsItIs() {
    byte[] broken = "no gzip".getBytes(StandardCharsets.UTF_8);

    assertThat(bodyOf(broken, true)).isEqualTo(broken);
  }
}
