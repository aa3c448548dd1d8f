package io.rivulet.server.rocketmq.send;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
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
}
