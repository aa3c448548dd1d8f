package io.rivulet.engine.shard;

import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.time.ShardClock;
import io.rivulet.engine.topic.TopicType;
import it.unimi.dsi.fastutil.objects.Object2LongOpenHashMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the shard thread. Judges whether a topic takes a message now, by what the groups have
 * before them that would get it ({@link Backpressure}).
 *
 * <p>A topic that is full still takes a message of a fairness key that has less than an equal share
 * of the limit: the flood is refused, the light tenant is not. The shares shrink as keys become
 * more, so all of them together never exceed the limit twice.
 */
final class Admission {
  private static final long MIN_RETRY_MILLIS = 100;
  private static final long MAX_RETRY_MILLIS = 60_000;
  private static final long UNKNOWN_RETRY_MILLIS = 1000;

  /** Oldest messages whose time is remembered, so that a deep queue is not looked up each time. */
  private static final int MAX_OLDEST = 4096;

  /** Owned by the shard thread. What was admitted of one request and is not in the sums yet. */
  static final class Admitted {
    private final Map<GroupTopic, Object2LongOpenHashMap<String>> byGroup = new HashMap<>(2);

    private void add(GroupTopic group, String key) {
      byGroup.computeIfAbsent(group, _ -> new Object2LongOpenHashMap<>(2)).addTo(key, 1);
    }

    private long of(GroupTopic group, String key) {
      Object2LongOpenHashMap<String> keys = byGroup.get(group);
      return keys == null ? 0 : keys.getLong(key);
    }

    private long of(GroupTopic group) {
      Object2LongOpenHashMap<String> keys = byGroup.get(group);
      return keys == null ? 0 : keys.values().longStream().sum();
    }
  }

  /** A message that is judged, with the queue that it would join if that is there. */
  private record Candidate(Topic topic, String queueName, String key, @Nullable Queue queue) {}

  private final QueueTable queues;
  private final Fold fold;
  private final ShardClock clock;
  private final int normalQueues;
  private final Map<Progress, Run> oldest =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Progress, Run> eldest) {
          return size() > MAX_OLDEST;
        }
      };

  Admission(ShardState state, int normalQueues) {
    this.normalQueues = normalQueues;
    queues = state.queues();
    fold = state.fold();
    clock = state.clock();
  }

  /**
   * Why a topic does not take a message now; null if it does, and it counts as taken.
   *
   * @param queueName the queue that it would join; empty: not known yet
   */
  @Nullable Refusal judge(Topic topic, Draft draft, String queueName, Admitted admitted) {
    Queue queue = queueName.isEmpty() ? null : queues.byName(topic, queueName);
    String own = draft.demand().key();
    String key = own.isEmpty() && queue != null ? queue.fairnessKey : own;
    Candidate candidate = new Candidate(topic, queueName, key, queue);
    List<GroupTopic> readers = readersOf(candidate);
    Refusal refusal = judge(candidate, readers, admitted);
    if (refusal != null && hasLost(candidate)) {
      refusal = judge(candidate, readers, admitted);
    }
    if (refusal == null) {
      readers.forEach(each -> admitted.add(each, key));
    }
    return refusal;
  }

  /** Whether retention took what is not known of yet: that is nobody's backlog. */
  private boolean hasLost(Candidate candidate) {
    boolean any = false;
    for (Queue each : joined(candidate)) {
      long before = each.firstOffset;
      any |= queues.firstRetained(each) > before;
    }
    return any;
  }

  /** The queue that the message would join, or all of which it may join any. */
  private List<Queue> joined(Candidate candidate) {
    if (candidate.queue != null || !candidate.queueName.isEmpty()) {
      return candidate.queue == null ? List.of() : List.of(candidate.queue);
    }
    List<Queue> found = new ArrayList<>(normalQueues);
    for (int i = 0; i < normalQueues; i++) {
      Queue queue = queues.byName(candidate.topic, Integer.toString(i));
      if (queue != null) {
        found.add(queue);
      }
    }
    return found;
  }

  /** The groups that would get the message. */
  private List<GroupTopic> readersOf(Candidate candidate) {
    Topic topic = candidate.topic;
    List<GroupTopic> readers = new ArrayList<>(topic.followers.size());
    List<Follower> followers = null;
    for (GroupTopic each : topic.followers) {
      if (each.group.isBeingDeleted) {
        continue;
      }
      if (topic.type() != TopicType.LITE) {
        readers.add(each);
      } else if (!each.group.isByName()) {
        if (each.mayFollow(candidate.queueName)) {
          readers.add(each);
        }
      } else {
        if (followers == null) {
          followers =
              candidate.queue == null
                  ? fold.liteSets().followersOf(topic, candidate.queueName)
                  : candidate.queue.followers;
        }
        if (followers.stream().anyMatch(follower -> follower.groupId() == each.group.id)) {
          readers.add(each);
        }
      }
    }
    return readers;
  }

  private @Nullable Refusal judge(
      Candidate candidate, List<GroupTopic> readers, Admitted admitted) {
    for (GroupTopic each : readers) {
      Refusal refusal = judge(candidate, each, admitted);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Refusal judge(Candidate candidate, GroupTopic group, Admitted admitted) {
    Backpressure limits = candidate.topic.definition().backpressure();
    Tally tally = group.tally;
    double perSecond = tally.perSecond(clock.millis());
    long ofKey = tally.of(candidate.key) + admitted.of(group, candidate.key);
    int keys = tally.keys() + (tally.of(candidate.key) == 0 ? 1 : 0);
    if (limits.maxKeyBacklog() > 0 && ofKey >= limits.maxKeyBacklog()) {
      return refusal(
          candidate,
          "the group '%s' has %d of them before it, and max-key-backlog allows %d"
              .formatted(group.group.name(), ofKey, limits.maxKeyBacklog()),
          retryMillis(ofKey - limits.maxKeyBacklog() + 1, perSecond / keys));
    }
    long total = tally.total() + admitted.of(group);
    if (limits.maxBacklog() > 0 && total >= limits.maxBacklog()) {
      long share = limits.maxBacklog() / keys;
      if (ofKey >= share) {
        return refusal(
            candidate,
            ("the group '%s' has %d messages before it, %d of them of this key, and max-backlog"
                    + " allows %d, which is %d for each of %d keys")
                .formatted(group.group.name(), total, ofKey, limits.maxBacklog(), share, keys),
            retryMillis(total - limits.maxBacklog() + 1, perSecond));
      }
    }
    return limits.maxAge().map(maxAge -> tooOld(candidate, group, maxAge, perSecond)).orElse(null);
  }

  private @Nullable Refusal tooOld(
      Candidate candidate, GroupTopic group, Duration maxAge, double perSecond) {
    long ageMillis = 0;
    for (Queue queue : joined(candidate)) {
      Progress progress = queue.progressOf(group.group);
      Run run = progress == null ? null : oldestOf(progress);
      if (run != null) {
        ageMillis = Math.max(ageMillis, clock.millis() - run.storeMillis);
      }
    }
    return ageMillis <= maxAge.toMillis()
        ? null
        : refusal(
            candidate,
            String.format(
                Locale.ROOT,
                "the oldest of its queue has been before the group '%s' for %.1f s, and max-age"
                    + " allows %.1f s",
                group.group.name(),
                ageMillis / 1000.0,
                maxAge.toMillis() / 1000.0),
            retryMillis(1, perSecond));
  }

  private @Nullable Run oldestOf(Progress progress) {
    long offset = progress.oldest();
    if (offset >= progress.queue.nextOffset) {
      return null;
    }
    Run known = oldest.get(progress);
    if (known != null && known.firstOffset <= offset && offset < known.endOffset()) {
      return known;
    }
    Run found = queues.runAt(progress.queue, offset);
    if (found != null) {
      oldest.put(progress, found);
    }
    return found;
  }

  private static Refusal refusal(Candidate candidate, String why, long retryMillis) {
    String key =
        candidate.key.isEmpty()
            ? "without a fairness key"
            : "of the fairness key '" + candidate.key + "'";
    return new Refusal(
        RefusalCode.TOO_MANY_REQUESTS,
        "the topic '%s' takes no more messages %s now: %s; try again in %s s"
            .formatted(
                candidate.topic.name(),
                key,
                why,
                String.format(Locale.ROOT, "%.1f", retryMillis / 1000.0)),
        Optional.of(Duration.ofMillis(retryMillis)));
  }

  /** When so many will have been served, at this rate; a rate below 0 is not known. */
  private static long retryMillis(long count, double perSecond) {
    if (perSecond < 0) {
      return UNKNOWN_RETRY_MILLIS;
    }
    return (long) Math.clamp(count * 1000.0 / perSecond, MIN_RETRY_MILLIS, MAX_RETRY_MILLIS);
  }
}
