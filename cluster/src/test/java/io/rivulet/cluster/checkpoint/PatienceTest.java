package io.rivulet.cluster.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rivulet.cluster.ledger.LedgerException;
import io.rivulet.cluster.ledger.LedgerException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PatienceTest {
  private final Patience patience = Patience.upTo(Duration.ofMinutes(1));

  @Test
  void anAnswerIsWaitedFor() throws IOException {
    assertThat(patience.await(CompletableFuture.completedFuture("yes"))).isEqualTo("yes");
  }

  @Test
  void aFailureIsToldAsWhatItIs() {
    LedgerException gone = new LedgerException(Reason.NOT_FOUND, "there is no ledger 5");
    CompletableFuture<String> failed =
        CompletableFuture.<String>failedFuture(gone).thenApply(text -> text + "!");

    assertThatThrownBy(() -> patience.await(failed)).isSameAs(gone);
  }

  @Test
  void aMistakeOfOursIsAFailureToo() {
    CompletableFuture<String> failed =
        CompletableFuture.failedFuture(new IllegalStateException("a mistake"));

    assertThatThrownBy(() -> patience.await(failed))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a mistake");
  }

  @Test
  void noAnswerIsNotWaitedForWithoutEnd() {
    assertThatThrownBy(
            () -> Patience.upTo(Duration.ofMillis(1)).await(new CompletableFuture<String>()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no answer within 1 ms");
  }

  @Test
  void aThreadThatIsInterruptedWaitsNoMore() {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> patience.await(new CompletableFuture<String>()))
        .isInstanceOf(InterruptedIOException.class);

    assertThat(Thread.interrupted()).isTrue();
  }
}
