package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls.Consumer;
import io.rivulet.cluster.routing.LostAttempts.Lost;
import io.rivulet.engine.delivery.PollRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the thread of {@link PollHub}. What was handed out for one consumer and came too late
 * for its poll: for the next poll of that client, or else it is given back.
 */
final class LateAnswers {
  private static final Logger logger = LoggerFactory.getLogger(LateAnswers.class);

  /** An answer that nobody polled for is given back after so long. */
  private static final long NOBODY_MILLIS = 1000;

  /** Whoever repeats a poll does that sooner. */
  private static final Duration REPEATED_WITHIN = Duration.ofMinutes(2);

  private final PollHub.Ground ground;
  private final Consumer consumer;
  private final Deque<Late> late = new ArrayDeque<>();

  private record Late(PollRequest poll, WaitingPoll.Part part) {}

  LateAnswers(PollHub.Ground ground, Consumer consumer) {
    this.ground = ground;
    this.consumer = consumer;
  }

  boolean isEmpty() {
    return late.isEmpty();
  }

  /** It is kept for a moment: the next poll may be on its way. */
  void add(PollRequest poll, WaitingPoll.Part part) {
    Late kept = new Late(poll, part);
    late.add(kept);
    var _ =
        ground
            .thread()
            .schedule(
                () -> {
                  if (late.remove(kept)) {
                    // Nobody took them: visible again at once, and the attempt does not count.
                    ground.returns().giveBack(poll, part.messages());
                  }
                },
                NOBODY_MILLIS,
                TimeUnit.MILLISECONDS);
  }

  /** What is leased to a client is for that one only; null: there is nothing. */
  WaitingPoll.@Nullable Part takeFor(PollRequest poll) {
    for (Iterator<Late> each = late.iterator(); each.hasNext(); ) {
      Late kept = each.next();
      if (kept.poll.clientId().equals(poll.clientId())
          && kept.part.messages().size() <= poll.maxMessages()) {
        each.remove();
        return kept.part;
      }
    }
    return null;
  }

  /** A poll that was to get again what it was answered with before ends without that. */
  void notBrought(WaitingPoll poll) {
    if (!poll.again.isEmpty()) {
      ground
          .returns()
          .endRenewal(
              Set.of(poll.request.clientId()), poll.request.maxWait().plus(REPEATED_WITHIN));
    }
  }

  /** What was handed out and can't be brought, if anything was, comes again when its lease ends. */
  void giveUp(LostAttempts.By by, Lost given) {
    logger.warn(
        "What another node ({}) answers for client {} of group {} did not come {} times, and is given"
            + " up: it comes again when its lease ends",
        by.source(),
        by.clientId(),
        consumer.group(),
        given.tries());
    // The grant is a little older than what is heard of it.
    Duration within = Duration.ofNanos(ground.clock().nanos() - given.sinceNanos()).plusSeconds(1);
    ground.returns().endRenewal(Set.of(by.clientId()), within);
  }
}
