package io.rivulet.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class ChunkPoolTest {
  private static final int CHUNK = ChunkPool.CHUNK_BYTES;

  private final ChunkPool pool = new ChunkPool(3L * CHUNK);

  @Test
  void aLoanIsOfWholeChunksOutsideTheHeap() {
    try (ChunkPool.Loan loan = pool.borrow(CHUNK + 1)) {
      ByteBuffer first = loan.take(CHUNK + 1);
      ByteBuffer second = loan.take(1);

      assertThat(pool.bytesInUse()).isEqualTo(2 * CHUNK);
      assertThat(List.of(first, second)).allMatch(ByteBuffer::isDirect);
      assertThat(first.remaining()).isEqualTo(CHUNK);
      assertThat(second.remaining()).isEqualTo(1);
    }

    assertThat(pool.bytesInUse()).isZero();
  }

  @Test
  void chunksAreUsedAgain() {
    fill((byte) 1);

    try (ChunkPool.Loan loan = pool.borrow(3L * CHUNK)) {
      for (int i = 0; i < 3; i++) {
        assertThat(loan.take(CHUNK).get(CHUNK - 1)).isEqualTo((byte) 1);
      }
    }
  }

  @Test
  void aLoanGivenBackTwiceIsGivenBackOnce() {
    ChunkPool.Loan twice = pool.borrow(CHUNK);
    twice.take(CHUNK);
    twice.close();
    twice.close();

    assertThat(pool.bytesInUse()).isZero();
    try (ChunkPool.Loan loan = pool.borrow(3L * CHUNK)) {
      assertThat(pool.bytesInUse()).isEqualTo(pool.maxBytes());
      for (byte i = 0; i < 3; i++) {
        loan.take(CHUNK).put(0, i);
      }
    }
    assertThat(marks()).containsExactlyInAnyOrder((byte) 0, (byte) 1, (byte) 2);
  }

  @Test
  void nothingIsTakenFromALoanThatWasGivenBack() {
    ChunkPool.Loan loan = pool.borrow(CHUNK);
    loan.close();

    assertThatThrownBy(() -> loan.take(1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whoFindsTooLittleWaitsUntilItIsGivenBack() throws Exception {
    ChunkPool.Loan held = pool.borrow(2L * CHUNK);
    CompletableFuture<ChunkPool.Loan> borrowed = new CompletableFuture<>();
    Thread waiting = Thread.ofVirtual().start(() -> borrowed.complete(pool.borrow(2L * CHUNK)));
    Awaitility.await().until(() -> waiting.getState() == Thread.State.WAITING);
    assertThat(borrowed).isNotDone();
    assertThat(pool.bytesInUse()).isEqualTo(2 * CHUNK);

    held.close();

    try (ChunkPool.Loan loan = borrowed.get(30, TimeUnit.SECONDS)) {
      assertThat(loan.take(1).isDirect()).isTrue();
    }
    assertThat(pool.bytesInUse()).isZero();
  }

  @Test
  void whatIsMoreThanThePoolLiesOnTheHeap() {
    List<ByteBuffer> taken = new ArrayList<>();
    try (ChunkPool.Loan loan = pool.borrow(5L * CHUNK)) {
      for (int i = 0; i < 5; i++) {
        taken.add(loan.take(CHUNK));
      }
      assertThat(pool.bytesInUse()).isEqualTo(pool.maxBytes());
    }

    assertThat(taken.stream().map(ByteBuffer::isDirect))
        .containsExactly(true, true, true, false, false);
    assertThat(pool.bytesInUse()).isZero();
  }

  @Test
  void differentLoansHaveDifferentMemory() {
    fill((byte) 0);
    try (ChunkPool.Loan one = pool.borrow(CHUNK);
        ChunkPool.Loan other = pool.borrow(2L * CHUNK)) {
      ByteBuffer first = one.take(CHUNK).put(0, (byte) 7);
      assertThat(first.get(0)).isEqualTo((byte) 7);
      assertThat(other.take(CHUNK).get(0)).isZero();
      assertThat(other.take(CHUNK).get(0)).isZero();
    }
  }

  private void fill(byte value) {
    try (ChunkPool.Loan loan = pool.borrow(3L * CHUNK)) {
      for (int i = 0; i < 3; i++) {
        ByteBuffer chunk = loan.take(CHUNK);
        while (chunk.hasRemaining()) {
          chunk.put(value);
        }
      }
    }
  }

  private List<Byte> marks() {
    List<Byte> marks = new ArrayList<>();
    try (ChunkPool.Loan loan = pool.borrow(3L * CHUNK)) {
      for (int i = 0; i < 3; i++) {
        marks.add(loan.take(CHUNK).get(0));
      }
    }
    return marks;
  }
}
