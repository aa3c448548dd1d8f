package io.rivulet.cluster.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.cluster.ledger.SimulatedTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final SimulatedTime time = new SimulatedTime();
  private final Deadlines deadlines = new Deadlines(time, time.clock());
  private final List<String> over = new ArrayList<>();

  @Test
  void noneComesEarlyAndAllComeWithinTwoTicks() {
    Random random = new Random(7);
    List<Integer> came = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      int index = i;
      Duration wait = Duration.ofMillis(random.nextInt(200_000));
      long due = time.clock().nanos() + wait.toNanos();
      var _ =
          deadlines.in(
              wait,
              () -> {
                long late = time.clock().nanos() - due;
                assertThat(late).isBetween(0L, 2 * Deadlines.TICK.toNanos());
                came.add(index);
              });
      time.pass(Duration.ofMillis(random.nextInt(300)));
    }
    time.pass(Duration.ofSeconds(201));

    assertThat(came).hasSize(500).doesNotHaveDuplicates();
    assertThat(deadlines.count()).isZero();
  }

  @Test
  void whatIsForgottenDoesNotCome() {
    Deadlines.Deadline first = deadlines.in(Duration.ofSeconds(1), () -> over.add("first"));
    var _ = deadlines.in(Duration.ofSeconds(1), () -> over.add("second"));
    Deadlines.Deadline third = deadlines.in(Duration.ofSeconds(1), () -> over.add("third"));
    first.forget();
    third.forget();
    third.forget();
    assertThat(deadlines.count()).isEqualTo(1);

    time.pass(Duration.ofSeconds(2));

    assertThat(over).containsExactly("second");
  }

  @Test
  void whileThereAreNoneNothingTicks() {
    var _ = deadlines.in(Duration.ofSeconds(1), () -> over.add("first"));
    time.pass(Duration.ofSeconds(2));
    assertThat(time.step()).as("nothing is planned").isFalse();

    var _ = deadlines.in(Duration.ofSeconds(100), () -> over.add("second"));
    time.pass(Duration.ofSeconds(99));
    assertThat(over).containsExactly("first");
    time.pass(Duration.ofSeconds(2));
    assertThat(over).containsExactly("first", "second");
  }
}
