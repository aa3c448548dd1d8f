package io.rivulet.storage.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class HotTailTest {
  private static final int CAPACITY = 3 << 20;
  private static final long START = 5_000_000_000L;

  private final HotTail tail = new HotTail(CAPACITY, START);

  @Test
  void bytesAreReadBackAcrossChunks() {
    put(START, 2 << 20);

    assertThat(read(START + 100, 1 << 20)).isEqualTo(pattern(START + 100, 1 << 20));
  }

  @Test
  void whatLiesBelowTheStartIsNotHere() {
    put(START, 100);

    assertThat(tail.read(START - 1, ByteBuffer.allocate(1))).isFalse();
  }

  @Test
  void theOldestBytesMakeRoomForNewOnes() {
    put(START, 1 << 20);
    put(START + (1 << 20), 1 << 20);
    put(START + (2 << 20), 2 << 20);

    assertThat(tail.low()).isEqualTo(START + (1 << 20));
    assertThat(tail.read(START, ByteBuffer.allocate(10))).isFalse();
    assertThat(read(START + (1 << 20), 3 << 20)).isEqualTo(pattern(START + (1 << 20), 3 << 20));
  }

  @Test
  void slicesAreTheBytesBetweenTwoPositions() {
    put(START, 2 << 20);

    ByteBuffer joined = ByteBuffer.allocate((2 << 20) - 10);
    for (ByteBuffer slice : tail.slices(START + 10, START + (2 << 20))) {
      joined.put(slice);
    }

    assertThat(joined.array()).isEqualTo(pattern(START + 10, (2 << 20) - 10));
  }

  private void put(long position, int count) {
    tail.makeRoom(position + count);
    tail.put(position, ByteBuffer.wrap(pattern(position, count)));
  }

  private byte[] read(long position, int count) {
    ByteBuffer target = ByteBuffer.allocate(count);
    assertThat(tail.read(position, target)).isTrue();
    return target.array();
  }

  private static byte[] pattern(long position, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (((position + i) * 37) >>> 3);
    }
    return bytes;
  }
}
