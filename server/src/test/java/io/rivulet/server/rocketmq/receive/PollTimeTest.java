package io.rivulet.server.rocketmq.receive;

import static org.assertj.core.api.Assertions.assertThat;

import apache.rocketmq.v2.ReceiveMessageRequest;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PollTimeTest {
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(3);

  /** Stands still, so that remaining times are exact. */
  private static final Deadline.Ticker STOPPED =
      new Deadline.Ticker() {
        @Override
        public long nanoTime() {
          return 0;
        }
      };

  private final PollTime pollTime = new PollTime(Duration.ofSeconds(20));

  private static ReceiveMessageRequest asking(long seconds) {
    return ReceiveMessageRequest.newBuilder()
        .setLongPollingTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(seconds))
        .build();
  }

  private static Deadline in(long seconds) {
    return Deadline.after(seconds, TimeUnit.SECONDS, STOPPED);
  }

  @Test
  void aReceiveWaitsAsLongAsItAsks() {
    assertThat(pollTime.of(asking(7), in(10), REQUEST_TIMEOUT)).contains(Duration.ofSeconds(7));
  }

  @Test
  void noReceiveWaitsLongerThanTheServerAllows() {
    assertThat(pollTime.of(asking(30), in(33), REQUEST_TIMEOUT)).contains(Duration.ofSeconds(20));
  }

  @Test
  void theAnswerIsOnItsWayBeforeTheDeadline() {
    assertThat(pollTime.of(asking(10), in(8), REQUEST_TIMEOUT)).contains(Duration.ofMillis(7500));
  }

  /** Trap 12: Go's simple consumer says only how long the whole call may take. */
  @Test
  void withoutAnAskedTimeItFollowsFromTheDeadline() {
    ReceiveMessageRequest request = ReceiveMessageRequest.getDefaultInstance();

    assertThat(pollTime.of(request, in(8), REQUEST_TIMEOUT)).contains(Duration.ofMillis(6500));
  }

  @Test
  void withoutAnyTimeItIsTheLongestAllowed() {
    ReceiveMessageRequest request = ReceiveMessageRequest.getDefaultInstance();

    assertThat(pollTime.of(request, null, REQUEST_TIMEOUT)).contains(Duration.ofSeconds(20));
  }

  @Test
  void aDeadlineThatHasPassedMakesNoNegativeWait() {
    assertThat(pollTime.of(asking(5), in(-1), REQUEST_TIMEOUT)).contains(Duration.ZERO);
  }

  @Test
  void askingForNothingDoesNotWait() {
    assertThat(pollTime.of(asking(0), in(3), REQUEST_TIMEOUT)).contains(Duration.ZERO);
  }

  @Test
  void aNegativeTimeIsRefused() {
    assertThat(pollTime.of(asking(-1), in(3), REQUEST_TIMEOUT)).isEqualTo(Optional.empty());
  }
}
