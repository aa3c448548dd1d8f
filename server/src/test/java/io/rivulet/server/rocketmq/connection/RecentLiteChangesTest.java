package io.rivulet.server.rocketmq.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecentLiteChangesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final RecentLiteChanges changes = new RecentLiteChanges();

  private Set<String> applied(long nowNanos, String... fullList) {
    Set<String> result = new HashSet<>(List.of(fullList));
    changes.applyTo(result, nowNanos);
    return result;
  }

  @Test
  void aFullListDrawnUpBeforeAnAdditionDoesNotUndoIt() {
    changes.added(List.of("new"), 0);

    assertThat(applied(SECOND, "old")).containsExactlyInAnyOrder("old", "new");
  }

  @Test
  void aFullListDrawnUpBeforeARemovalDoesNotUndoIt() {
    changes.removed(List.of("gone"), 0);

    assertThat(applied(SECOND, "old", "gone")).containsExactly("old");
  }

  @Test
  void afterAFewSecondsTheFullListCounts() {
    changes.added(List.of("new"), 0);

    assertThat(applied(6 * SECOND, "old")).containsExactly("old");
  }

  @Test
  void theLatestChangeOfALiteTopicCounts() {
    changes.added(List.of("a"), 0);
    changes.removed(List.of("a"), 1);
    changes.removed(List.of("b"), 2);
    changes.added(List.of("b"), 3);

    assertThat(applied(SECOND, "a")).containsExactly("b");
  }

  @Test
  void aRefusedAdditionIsForgotten() {
    changes.added(List.of("new"), 0);
    changes.forget(List.of("new"));

    assertThat(applied(SECOND)).isEmpty();
  }

  @Test
  void theOldestChangesAreForgottenAtTheBound() {
    changes.added(List.of("oldest"), 0);
    changes.added(IntStream.range(0, 4096).mapToObj(Integer::toString).toList(), 0);

    assertThat(applied(SECOND)).hasSize(4096).doesNotContain("oldest");
  }
}
