package io.rivulet.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.rivulet.engine.message.Body;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BodyBytesTest {
  private static final byte[] BYTES = {1, 2, 3, 4};

  @Test
  void anArrayOfItsOwnIsNotCopied() {
    assertThat(BodyBytes.of(UnsafeByteOperations.unsafeWrap(BYTES))).isSameAs(BYTES);
  }

  @Test
  void aPartOfAnArrayIsCopied() {
    assertThat(BodyBytes.of(ByteString.copyFrom(BYTES).substring(1, 3))).containsExactly(2, 3);
  }

  @Test
  void partsArePutTogether() {
    ByteString joined = ByteString.EMPTY;
    for (int part = 0; part < 100; part++) {
      joined = joined.concat(ByteString.copyFrom(BYTES));
    }

    assertThat(BodyBytes.of(joined)).isEqualTo(joined.toByteArray());
  }

  @Test
  void aBufferIsCopied() {
    ByteString wrapped = UnsafeByteOperations.unsafeWrap(ByteBuffer.wrap(BYTES));

    assertThat(BodyBytes.of(wrapped)).isEqualTo(BYTES);
  }

  @Test
  void anEmptyBodyHasNoBytes() {
    assertThat(BodyBytes.of(ByteString.EMPTY)).isEmpty();
  }

  @Test
  void onlyALargeBodyInKeptBuffersIsLeftThere() {
    byte[] large = new byte[100_000];
    ByteString wrapped = UnsafeByteOperations.unsafeWrap(large);
    large[99_999] = 1;

    Body kept = Bodies.toEngine(wrapped.concat(wrapped), true);
    large[0] = 7;

    assertThat(kept.isWhole()).isFalse();
    assertThat(kept.toArray()).hasSize(200_000).startsWith(7).endsWith(1);
    assertThat(Bodies.toEngine(wrapped.concat(wrapped), false).isWhole()).isTrue();
    assertThat(Bodies.toEngine(ByteString.copyFrom(BYTES), true).isWhole()).isTrue();
  }
}
