package io.rivulet.cluster.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LinkBudgetTest {
  private static final int KIB = 1024;
  private final LinkBudget budget = new LinkBudget(100 * KIB);

  @Test
  void whoFindsNoRoomWaitsInOrder() {
    assertThat(budget.enter(60 * KIB)).isCompleted();
    CompletableFuture<Void> large = budget.enter(50 * KIB);
    CompletableFuture<Void> late = budget.enter(20 * KIB);

    assertThat(large).isNotDone();
    assertThat(late).as("not before who came first").isNotDone();
    budget.leave(60 * KIB);

    assertThat(large).isCompleted();
    assertThat(late).isCompleted();
    assertThat(budget.usedBytes()).isEqualTo(70 * KIB);
  }

  @Test
  void whatIsLargerThanAllOfItIsLetInAlone() {
    assertThat(budget.enter(20 * KIB)).isCompleted();
    CompletableFuture<Void> huge = budget.enter(5000 * KIB);
    assertThat(huge).isNotDone();

    budget.leave(20 * KIB);
    assertThat(huge).isCompleted();
    assertThat(budget.enter(20 * KIB)).isNotDone();
    budget.leave(5000 * KIB);
    assertThat(budget.usedBytes()).isEqualTo(20 * KIB);
  }

  @Test
  void whatIsSmallWaitsForNobody() {
    assertThat(budget.enter(100 * KIB)).isCompleted();
    assertThat(budget.enter(50 * KIB)).isNotDone();

    assertThat(budget.enter(KIB)).isCompleted();
    budget.leave(KIB);
    assertThat(budget.usedBytes()).isEqualTo(100 * KIB);
  }

  @Test
  void whoHasGivenUpTakesNoRoom() {
    assertThat(budget.enter(100 * KIB)).isCompleted();
    CompletableFuture<Void> gone = budget.enter(100 * KIB);
    CompletableFuture<Void> next = budget.enter(100 * KIB);
    gone.cancel(false);

    budget.leave(100 * KIB);

    assertThat(next).isCompleted();
    assertThat(budget.usedBytes()).isEqualTo(100 * KIB);
  }
}
