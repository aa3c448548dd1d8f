package io.rivulet.engine.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class CancelledOffsetsTest {
  private static CancelledOffsets readBack(CancelledOffsets offsets) {
    ByteWriter out = new ByteWriter(16);
    offsets.write(out);
    return CancelledOffsets.read(new ByteReader(out.toBytes()));
  }

  @Test
  void whatWasAddedIsThere() {
    CancelledOffsets offsets = new CancelledOffsets();
    offsets.add(7, false);
    offsets.add(3, true);

    assertThat(offsets.contains(7)).isTrue();
    assertThat(offsets.isMoved(7)).isFalse();
    assertThat(offsets.isMoved(3)).isTrue();
    assertThat(offsets.contains(5)).isFalse();
    assertThat(offsets.countFrom(4)).isEqualTo(1);
    assertThat(readBack(offsets)).hasToString("3m 7");
  }

  @Test
  void whatIsAddedTwiceStaysAsItWas() {
    CancelledOffsets offsets = new CancelledOffsets();
    offsets.add(7, true);
    offsets.add(7, false);

    assertThat(offsets).hasToString("7m");
  }

  @Test
  void whatIsForgottenIsNotThere() {
    CancelledOffsets offsets = new CancelledOffsets();
    for (int offset = 0; offset < 100; offset++) {
      offsets.add(offset, offset % 2 == 0);
    }
    offsets.forgetBelow(97);
    offsets.add(200, false);

    assertThat(readBack(offsets)).hasToString("97 98m 99 200");
    offsets.forgetBelow(1000);
    assertThat(offsets.countFrom(0)).isZero();
    assertThat(readBack(offsets)).hasToString("");
  }

  @Test
  void itIsAMapWithLittleMemory() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    CancelledOffsets offsets = new CancelledOffsets();
    TreeMap<Long, Boolean> model = new TreeMap<>();
    for (int step = 0; step < 5000; step++) {
      long offset = random.nextLong(2000);
      if (random.nextInt(200) == 0) {
        offsets.forgetBelow(offset / 4);
        model.headMap(offset / 4).clear();
      } else {
        boolean isMoved = random.nextBoolean();
        offsets.add(offset, isMoved);
        model.putIfAbsent(offset, isMoved);
      }
      long asked = random.nextLong(2000);
      assertThat(offsets.contains(asked)).isEqualTo(model.containsKey(asked));
      assertThat(offsets.isMoved(asked)).isEqualTo(model.getOrDefault(asked, false));
      assertThat(offsets.countFrom(asked)).isEqualTo(model.tailMap(asked).size());
    }
    assertThat(readBack(offsets)).hasToString(offsets.toString());
  }
}
