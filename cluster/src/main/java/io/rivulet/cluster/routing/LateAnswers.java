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

  /** A node that has let a shard go is known to have done so within this. */
  private static final Duration KNOWN_WITHIN = Duration.ofMinutes(1);

  /** More than these are put in doubt at once. */
  private static final int MAX_REPEATED = 64;

  private final PollHub.Ground ground;
  private final Consumer consumer;
  private final Deque<Late> late = new ArrayDeque<>();
  private final Deque<Repeated> repeated = new ArrayDeque<>();

  /** When shards moved last, as far as is known here. */
  private long changedNanos;

  /** An answer that came in the end. */
  private record Repeated(String clientId, Lost lost, long cameNanos) {}

  private record Late(PollRequest poll, WaitingPoll.Part part) {}

  LateAnswers(PollHub.Ground ground, Consumer consumer) {
    this.ground = ground;
    this.consumer = consumer;
    changedNanos = ground.clock().nanos();
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
    notBrought(by.clientId(), given);
  }

  /**
   * An answer that was lost came when it was asked for again. A shard that has left its node in
   * between had a part in the first one and has none in this: that it has left may be known here
   * only later.
   */
  void repeated(String clientId, Lost lost) {
    long now = ground.clock().nanos();
    repeated.removeIf(each -> each.cameNanos < now - KNOWN_WITHIN.toNanos());
    if (lost.sinceNanos() <= changedNanos || repeated.size() >= MAX_REPEATED) {
      notBrought(clientId, lost);
    } else {
      repeated.add(new Repeated(clientId, lost, now));
    }
  }

  /** Shards have moved. */
  void changed() {
    changedNanos = ground.clock().nanos();
    long before = changedNanos - KNOWN_WITHIN.toNanos();
    repeated.stream()
        .filter(each -> each.cameNanos >= before)
        .forEach(each -> notBrought(each.clientId, each.lost));
    repeated.clear();
  }

  /** What may have been handed out is not asked for any more. */
  void notBrought(String clientId, Lost given) {
    // The grant is a little older than what is heard of it.
    Duration within = Duration.ofNanos(ground.clock().nanos() - given.sinceNanos()).plusSeconds(1);
    ground.returns().endRenewal(Set.of(clientId), within);
  }
}
