package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.time.ShardClock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Suspends a fairness key of a group for a while: nothing of it is
 * handed out, nothing of it ages or counts as an attempt, and others go on.
 */
final class KeySuspensions {
  /** Suspended for longer is forgotten. */
  private static final Duration LONGEST = Duration.ofDays(30);

  private final Catalog catalog;
  private final Recorder recorder;
  private final ShardClock clock;
  private final PollServer polls;

  KeySuspensions(ShardState state, PollServer polls) {
    catalog = state.catalog();
    recorder = state.recorder();
    clock = state.clock();
    this.polls = polls;
  }

  /**
   * Suspends the key from now on.
   *
   * @param duration zero: it is handed out again
   * @param reply gets when it is handed out again
   */
  void suspend(String groupName, String key, Duration duration, Consumer<Outcome<Instant>> reply) {
    Group group = catalog.group(groupName);
    if (group == null) {
      reply.accept(
          Outcome.refused(
              RefusalCode.GROUP_NOT_FOUND,
              "the consumer group '" + groupName + "' does not exist"));
    } else if (!group.shares.isFair()) {
      reply.accept(
          Outcome.refused(
              RefusalCode.ILLEGAL_ARGUMENT,
              "the group '"
                  + groupName
                  + "' does not share by fairness key: set the property that holds the key first"));
    } else if (duration.isNegative() || duration.compareTo(LONGEST) > 0) {
      reply.accept(
          Outcome.refused(
              RefusalCode.ILLEGAL_ARGUMENT,
              "a fairness key is suspended for 0 to 30 days, not " + duration));
    } else if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(recorder.noRoom()));
    } else {
      long now = clock.millis();
      long until = duration.isZero() ? 0 : now + duration.toMillis();
      recorder.record(new Change.KeySuspended(group.id, key, until));
      polls.reopen(group, group.gates.ofKey(key));
      Instant again = Instant.ofEpochMilli(Math.max(now, until));
      recorder.whenDurable(() -> reply.accept(Outcome.ok(again)));
    }
  }
}
