package io.rivulet.server.rocketmq.receive;

import apache.rocketmq.v2.ReceiveMessageRequest;
import io.grpc.Deadline;
import io.rivulet.server.rocketmq.time.ProtocolTimes;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. How long a receive may wait for messages.
 *
 * <p>As long as the client asks; Go's simple consumer says nothing, so its wait is worked out from
 * the call's deadline (trap 12). Always so that the answer arrives before the deadline: a client
 * that gives up first loses the batch. The reference refuses short polls, ours are simply short.
 */
public final class PollTime {
  /** Kept free before the deadline for the answer's way back. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  private final Duration maxWait;

  public PollTime(Duration maxWait) {
    this.maxWait = maxWait;
  }

  /**
   * The wait for a request.
   *
   * @param deadline the call's, if it has one
   * @param requestTimeout the client's own time-out of unary calls, which it adds to the wait that
   *     it wants to get its deadline
   * @return empty if the request asks for a negative time
   */
  Optional<Duration> of(
      ReceiveMessageRequest request, @Nullable Deadline deadline, Duration requestTimeout) {
    Duration remaining =
        deadline == null
            ? maxWait.plus(MARGIN)
            : Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS));
    Duration wanted;
    if (request.hasLongPollingTimeout()) {
      wanted = ProtocolTimes.duration(request.getLongPollingTimeout());
      if (wanted.isNegative()) {
        return Optional.empty();
      }
    } else {
      wanted = deadline == null ? maxWait : remaining.minus(requestTimeout.dividedBy(2));
    }
    // Of a short deadline no more than a quarter goes to the margin.
    Duration quarter = remaining.dividedBy(4);
    Duration latest = remaining.minus(smaller(MARGIN, quarter));
    Duration wait = smaller(smaller(wanted, latest), maxWait);
    return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
  }

  private static Duration smaller(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }
}
