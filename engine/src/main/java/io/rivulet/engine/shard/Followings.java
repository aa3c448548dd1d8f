package io.rivulet.engine.shard;

import io.rivulet.engine.EngineListener;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionNews;
import io.rivulet.engine.subscription.SubscriptionReport;
import io.rivulet.engine.time.ShardClock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Owned by the shard thread. Subscriptions to streams where there are several shards: each is held
 * by one, where its wakes are, and followed in all, where its streams are.
 *
 * <p>What this shard has to tell others is collected here: subscriptions that it holds and that
 * have changed, and for those that others hold, what is pending in its streams. None of this is
 * durable beyond the subscriptions and how far they are: it is told anew after a start, and every
 * few seconds while something is pending, so whoever has not heard of it does.
 */
final class Followings {
  /** Told in one go. */
  private static final int MAX_TOLD = 256;

  /** Streams in a report, at least; what is left comes when these are done. */
  private static final int LEAST_STREAMS = 16;

  private static final long REPEAT_MILLIS = 2000;

  /** A report that was not repeated for so long does not hold any more. */
  static final long REPEATED_WITHIN_MILLIS = 3 * REPEAT_MILLIS;

  private final SubscriptionFold subscriptions;
  private final Recorder recorder;
  private final ShardClock clock;
  private final PendingStreams pending;
  private final EngineListener listener;
  private final ShardNumber number;
  private final Ids ids;
  private final int maxStreams;
  private final long life;

  /** Followed here, and to be reported to who holds them. */
  private final Set<StreamSubscription> due = new LinkedHashSet<>();

  /** Held here, and not known everywhere as they are. */
  private final Map<Long, FollowedSubscription> untold = new LinkedHashMap<>();

  private long reports;
  private long repeatedMillis;

  /** Somebody was told, and has not asked yet. */
  private boolean isTold;

  Followings(
      SubscriptionBounds bounds,
      ShardState state,
      PendingStreams pending,
      EngineListener listener,
      ShardNumber number) {
    subscriptions = state.fold().subscriptions();
    recorder = state.recorder();
    clock = state.clock();
    ids = state.ids();
    life = number.of() == 1 ? 0 : ids.leaseSeed();
    this.pending = pending;
    this.listener = listener;
    this.number = number;
    maxStreams =
        Math.min(
            bounds.maxWakeStreams(),
            Math.max(LEAST_STREAMS, Math.ceilDiv(bounds.maxWakeStreams(), number.of())));
  }

  /** Whether there are no other shards. */
  boolean isAlone() {
    return number.of() == 1;
  }

  /** Whether its wakes are here. */
  boolean holds(StreamSubscription subscription) {
    return number.gave(subscription.id);
  }

  /** Those that are held here. */
  long held() {
    return subscriptions.all().stream().filter(this::holds).count();
  }

  // ---- what is to be told

  /** At start: nobody knows what the last owner has told. */
  void load() {
    if (number.of() > 1) {
      for (StreamSubscription each : subscriptions.all()) {
        if (holds(each)) {
          untold.put(each.id, followed(each));
        } else {
          due.add(each);
        }
      }
      tell();
    }
  }

  /** Something was appended to a stream of one that is held elsewhere. */
  void report(StreamSubscription subscription) {
    due.add(subscription);
    tell();
  }

  /** One that is held here was made or changed. */
  void changed(StreamSubscription subscription) {
    changed(followed(subscription));
  }

  /** One that is held here is no more. */
  void removed(StreamSubscription subscription) {
    due.remove(subscription);
    if (holds(subscription)) {
      changed(followed(subscription).removed());
    }
  }

  private void changed(FollowedSubscription followed) {
    if (number.of() > 1) {
      untold.put(followed.id(), followed);
      recorder.whenDurable(this::tell);
    }
  }

  private void tell() {
    if (!isTold && !(due.isEmpty() && untold.isEmpty())) {
      isTold = true;
      listener.subscriptionNews();
    }
  }

  /** From time to time: reports may have been lost, and who holds a subscription may be new. */
  void repeat() {
    long now = clock.millis();
    if (number.of() == 1 || now - repeatedMillis < REPEAT_MILLIS) {
      return;
    }
    repeatedMillis = now;
    for (StreamSubscription each : subscriptions.all()) {
      if (!holds(each) && (each.wasReported || subscriptions.hasPending(each))) {
        due.add(each);
      }
    }
    // Also if somebody was told and has not come.
    isTold = false;
    tell();
  }

  // ---- telling

  FollowedSubscription followed(StreamSubscription subscription) {
    SubscriptionDefinition definition = subscription.definition;
    return new FollowedSubscription(
        subscription.id,
        subscription.name,
        definition.with(List.copyOf(subscription.explicit)),
        Instant.ofEpochMilli(subscription.createdMillis),
        subscription.revision,
        false);
  }

  SubscriptionReport reportOf(StreamSubscription subscription) {
    due.remove(subscription);
    SubscriptionReport report =
        new SubscriptionReport(
            subscription.id,
            number.number(),
            life,
            ids.durableEnd(),
            ++reports,
            pending.of(subscription, maxStreams));
    subscription.wasReported = !report.streams().isEmpty();
    return report;
  }

  void news(Consumer<Outcome<SubscriptionNews>> reply) {
    isTold = false;
    List<SubscriptionReport> all = new ArrayList<>();
    for (Iterator<StreamSubscription> each = List.copyOf(due).iterator();
        each.hasNext() && all.size() < MAX_TOLD; ) {
      all.add(reportOf(each.next()));
    }
    List<FollowedSubscription> followed = untold.values().stream().limit(MAX_TOLD).toList();
    SubscriptionNews news = new SubscriptionNews(followed, all, !due.isEmpty());
    // What is not sure yet is told to nobody.
    recorder.whenDurable(() -> reply.accept(Outcome.ok(news)));
  }

  /** These are known everywhere now. */
  void told(List<FollowedSubscription> known, Consumer<Outcome<Integer>> reply) {
    int before = untold.size();
    known.forEach(each -> untold.remove(each.id(), each));
    tell();
    reply.accept(Outcome.ok(before - untold.size()));
  }
}
