package io.rivulet.cluster.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.time.Clock;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static final int KIB = 1024;

  /** The numbers of the calls in each frame, in order: "1" whole, "2?" offered, "2+" a piece. */
  private final List<List<String>> frames = new ArrayList<>();

  private boolean isReady;
  private final CallCounters counters = new CallCounters(Clock.system());
  private final Outbox outbox =
      new Outbox(
          new Outbox.Line() {
            @Override
            public boolean isReady() {
              return isReady;
            }

            @Override
            public void write(Frame frame) {
              assertThat(frame.sizeBytes()).isLessThanOrEqualTo(Parts.MOST_FRAME_BYTES);
              frames.add(partsOf(frame));
              isReady = false;
            }
          },
          counters);

  private static List<String> partsOf(Frame frame) {
    List<String> parts = new ArrayList<>();
    ByteBuffer bytes = frame.whole();
    while (bytes.hasRemaining()) {
      int kind = bytes.get();
      long number = bytes.getLong();
      switch (kind) {
        case Parts.OFFER -> {
          bytes.getInt();
          parts.add(number + "?");
        }
        case Parts.CANCEL -> parts.add(number + "!");
        default -> {
          Parts.bytes(bytes);
          parts.add(number + (kind == Parts.PIECE ? "+" : ""));
        }
      }
    }
    return parts;
  }

  private static Parcel parcel(long number, int bytes) {
    ByteWriter out = Parts.answer(number, bytes + 32);
    out.putBytes(new byte[bytes]);
    return Parts.answering(number, out);
  }

  private void becomesReady() {
    isReady = true;
    outbox.write();
  }

  private void writeAll() {
    int before;
    do {
      before = frames.size();
      becomesReady();
    } while (frames.size() > before);
    isReady = false;
  }

  private List<String> parts() {
    return frames.stream().flatMap(List::stream).toList();
  }

  @Test
  void whatComesWhileTheLineIsBusyGoesTogether() {
    isReady = true;
    for (int i = 0; i < 100; i++) {
      outbox.add(parcel(i, 50));
    }
    becomesReady();

    assertThat(frames).hasSize(2);
    assertThat(frames.get(0)).containsExactly("0");
    assertThat(frames.get(1)).hasSize(99).startsWith("1", "2").endsWith("99");
    assertThat(counters.counted(0).frames()).isEqualTo(2);
    assertThat(counters.counted(0).frameBytes()).isEqualTo(100 * 63);
  }

  @Test
  void aFrameIsBounded() {
    for (int i = 0; i < 10; i++) {
      outbox.add(parcel(i, 50 * KIB));
    }
    writeAll();

    assertThat(frames).hasSize(4).allMatch(each -> each.size() <= 3);
    assertThat(parts()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
  }

  @Test
  void ofWhatIsLargeNothingGoesBeforeThereIsRoomForIt() {
    Parcel large = parcel(1, 200 * KIB);
    outbox.add(large);
    outbox.add(parcel(2, 10));
    writeAll();
    assertThat(parts()).containsExactly("1?", "2");

    outbox.admit(large);
    outbox.admit(large);
    writeAll();

    assertThat(parts()).containsExactly("1?", "2", "1+", "1+", "1+", "1+");
  }

  @Test
  void largeOnesTakeTurnsAndSmallOnesGoBeforeTheirNextPieces() {
    Parcel first = parcel(1, 64 * KIB * 1000);
    Parcel second = parcel(2, 64 * KIB * 3);
    outbox.add(first);
    outbox.add(second);
    writeAll();
    outbox.admit(first);
    outbox.admit(second);
    becomesReady();
    outbox.add(parcel(3, 10));
    becomesReady();
    becomesReady();

    assertThat(frames.subList(1, 4))
        .containsExactly(List.of("1+", "2+"), List.of("3", "1+", "2+"), List.of("1+", "2+"));
  }

  @Test
  void smallOnesDoNotStarveALargeOne() {
    Parcel large = parcel(1, 64 * KIB * 5);
    outbox.add(large);
    becomesReady();
    outbox.admit(large);
    for (int i = 0; i < 100; i++) {
      outbox.add(parcel(100 + i, 30 * KIB));
    }
    for (int i = 0; i < 5; i++) {
      becomesReady();
    }

    assertThat(frames.subList(1, 6)).allMatch(each -> each.contains("1+"));
    assertThat(frames.subList(1, 6)).allMatch(each -> each.size() >= 3);
  }

  @Test
  void whatNobodyWantsAnyMoreDoesNotGo() {
    Parcel small = parcel(1, 10);
    Parcel large = parcel(2, 64 * KIB * 10);
    outbox.add(small);
    outbox.add(large);
    assertThat(small.drop()).as("nothing of it has gone").isTrue();
    becomesReady();
    outbox.admit(large);
    becomesReady();
    assertThat(large.drop()).as("nothing of it has gone").isFalse();
    outbox.add(Parts.sign(Parts.CANCEL, 2));
    writeAll();

    assertThat(parts()).containsExactly("2?", "2+", "2+", "2!");
  }

  @Test
  void whoSentIsToldWhenTheLastByteHasGone() {
    List<Long> gone = new ArrayList<>();
    Parcel small = parcel(1, 10).whenGone(() -> gone.add(1L));
    Parcel large = parcel(2, 100 * KIB).whenGone(() -> gone.add(2L));
    outbox.add(small);
    outbox.add(large);
    writeAll();
    assertThat(gone).containsExactly(1L);

    outbox.admit(large);
    assertThat(gone).containsExactly(1L);
    writeAll();

    assertThat(gone).containsExactly(1L, 2L);
  }

  @Test
  void nothingGoesAfterTheEnd() {
    List<String> closed = new ArrayList<>();
    outbox.add(parcel(1, 10));
    outbox.close(() -> closed.add("once"));
    outbox.close(() -> closed.add("twice"));
    writeAll();

    assertThat(frames).isEmpty();
    assertThat(closed).containsExactly("once");
  }
}
