package io.rivulet.engine.shard;

import io.rivulet.engine.index.Keys;
import io.rivulet.engine.index.Rows;
import io.rivulet.engine.index.Table;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.refusal.Refusal;
import io.rivulet.engine.refusal.RefusalCode;
import io.rivulet.engine.subscription.FollowedSubscription;
import io.rivulet.engine.subscription.LinkedStream;
import io.rivulet.engine.subscription.StreamPath;
import io.rivulet.engine.subscription.StreamPattern;
import io.rivulet.engine.subscription.SubscriptionBounds;
import io.rivulet.engine.subscription.SubscriptionDefinition;
import io.rivulet.engine.subscription.SubscriptionMade;
import io.rivulet.engine.subscription.SubscriptionView;
import io.rivulet.engine.subscription.WakeBy;
import io.rivulet.engine.time.ShardClock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Owned by the shard thread. Makes, changes, describes and deletes subscriptions to streams. */
final class StreamSubscriptions {
  private static final int MAX_NAME_BYTES = 128;
  private static final int MAX_URL_BYTES = 2048;
  private static final int MAX_DESCRIPTION_BYTES = 1024;
  private static final int MAX_GLOB_BYTES = 512;
  private static final int MAX_LISTED = 10_000;

  private final SubscriptionBounds bounds;
  private final Catalog catalog;
  private final QueueTable queues;
  private final SubscriptionFold subscriptions;
  private final Recorder recorder;
  private final Ids ids;
  private final ShardClock clock;
  private final Rows rows;
  private final Sweeps sweeps;
  private final Wakes wakes;
  private final Followings followings;

  StreamSubscriptions(
      SubscriptionBounds bounds,
      ShardState state,
      Rows rows,
      Sweeps sweeps,
      Wakes wakes,
      Followings followings) {
    this.followings = followings;
    this.bounds = bounds;
    catalog = state.catalog();
    queues = state.queues();
    subscriptions = state.fold().subscriptions();
    recorder = state.recorder();
    ids = state.ids();
    clock = state.clock();
    this.rows = rows;
    this.sweeps = sweeps;
    this.wakes = wakes;
  }

  // ---- making

  void make(
      String name, SubscriptionDefinition definition, Consumer<Outcome<SubscriptionMade>> reply) {
    Refusal refusal = check(name, definition);
    StreamSubscription known = subscriptions.byName(name);
    if (refusal == null && known != null && !known.definition.equals(definition)) {
      refusal =
          new Refusal(
              RefusalCode.ALREADY_EXISTS,
              "there is a subscription '"
                  + name
                  + "' that was made otherwise: make the same, delete it, or take another name");
    }
    if (refusal == null && known == null) {
      refusal = roomForOneMore();
    }
    if (refusal != null) {
      Refusal why = refusal;
      recorder.whenDurable(() -> reply.accept(Outcome.refused(why)));
      return;
    }
    if (known == null) {
      recorder.record(new Change.SubscriptionMade(ids.next(), name, definition, clock.millis()));
    }
    StreamSubscription made = Objects.requireNonNull(subscriptions.byName(name));
    if (known == null) {
      followings.changed(made);
    }
    SubscriptionMade answer = new SubscriptionMade(known == null, view(made, MAX_LISTED / 100));
    recorder.answer(Outcome.ok(answer), reply);
  }

  private @Nullable Refusal roomForOneMore() {
    if (subscriptions.all().size() >= bounds.maxStreamSubscriptions()) {
      return new Refusal(
          RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
          "there are "
              + subscriptions.all().size()
              + " subscriptions to streams, as many as engine.max-stream-subscriptions allows");
    }
    return recorder.hasRoomForDefinitions() ? null : recorder.noRoom();
  }

  private @Nullable Refusal check(String name, SubscriptionDefinition definition) {
    Refusal refusal = checkText("name", name, MAX_NAME_BYTES);
    if (refusal == null && name.isEmpty()) {
      refusal = illegal("a subscription has a name");
    }
    if (refusal == null) {
      refusal = checkText("description", definition.description(), MAX_DESCRIPTION_BYTES);
    }
    if (refusal == null) {
      refusal = check(definition.wakeBy(), definition);
    }
    if (refusal == null && definition.pattern().isPresent()) {
      refusal = check(definition.pattern().get());
    }
    if (refusal == null && definition.pattern().isEmpty() && definition.streams().isEmpty()) {
      refusal = illegal("a subscription has a pattern, or streams, or both");
    }
    if (refusal == null) {
      refusal = check(definition.streams(), Set.of());
    }
    boolean isLeaseLegal =
        definition.leaseTtl().compareTo(SubscriptionDefinition.MIN_LEASE_TTL) >= 0
            && definition.leaseTtl().compareTo(SubscriptionDefinition.MAX_LEASE_TTL) <= 0;
    if (refusal == null && !isLeaseLegal) {
      refusal = illegal("the TTL of a lease is from 1 s to 10 min");
    }
    return refusal;
  }

  private static @Nullable Refusal check(WakeBy wakeBy, SubscriptionDefinition definition) {
    return switch (wakeBy) {
      case WakeBy.Webhook(String url) -> checkText("URL", url, MAX_URL_BYTES);
      case WakeBy.PullWake(StreamPath wakeStream) -> {
        Refusal refusal = check(wakeStream);
        boolean isOwn =
            new StreamSubscription(0, "", definition, 0).follows(wakeStream) && refusal == null;
        yield isOwn
            ? illegal("the wake stream would wake itself: the subscription must not follow it")
            : refusal;
      }
    };
  }

  private static @Nullable Refusal check(StreamPattern pattern) {
    Refusal refusal = Names.checkTopic(pattern.topic());
    if (refusal == null) {
      refusal = checkText("pattern", pattern.glob(), MAX_GLOB_BYTES);
    }
    String[] segments = pattern.glob().split("/", -1);
    if (refusal == null && segments.length > StreamPattern.MAX_SEGMENTS) {
      return illegal("a pattern has at most " + StreamPattern.MAX_SEGMENTS + " segments");
    }
    for (String segment : segments) {
      if (refusal == null && segment.isEmpty()) {
        return illegal("no segment of a pattern is empty");
      }
    }
    return refusal;
  }

  private static @Nullable Refusal check(StreamPath path) {
    Refusal refusal = Names.checkTopic(path.topic());
    return refusal == null ? Names.checkLiteTopic(path.liteTopic()) : refusal;
  }

  /** Whether these may be followed beside others. */
  private @Nullable Refusal check(List<StreamPath> streams, Set<StreamPath> others) {
    Set<StreamPath> all = new LinkedHashSet<>(others);
    all.addAll(streams);
    if (all.size() > bounds.maxSubscribedStreams()) {
      return new Refusal(
          RefusalCode.LITE_SUBSCRIPTION_QUOTA_EXCEEDED,
          "a subscription names at most "
              + bounds.maxSubscribedStreams()
              + " streams beside its pattern (engine.max-subscribed-streams)");
    }
    for (StreamPath each : streams) {
      Refusal refusal = check(each);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private static @Nullable Refusal checkText(String what, String text, int maxBytes) {
    boolean isLegal =
        text.getBytes(StandardCharsets.UTF_8).length <= maxBytes
            && text.chars().noneMatch(Character::isISOControl);
    return isLegal
        ? null
        : illegal(
            "the "
                + what
                + " of a subscription has at most "
                + maxBytes
                + " bytes in UTF-8 and no control characters");
  }

  private static Refusal illegal(String message) {
    return new Refusal(RefusalCode.ILLEGAL_ARGUMENT, message);
  }

  // ---- changing

  static Refusal missing(String name) {
    return new Refusal(
        RefusalCode.SUBSCRIPTION_NOT_FOUND, "there is no subscription '" + name + "'");
  }

  void link(String name, List<StreamPath> streams, Consumer<Outcome<Integer>> reply) {
    StreamSubscription found = subscriptions.byName(name);
    Refusal refusal = found == null ? missing(name) : check(streams, found.explicit);
    if (refusal == null && found != null) {
      refusal = checkWakeStream(found, streams);
    }
    if (refusal == null && !recorder.hasRoomForDefinitions()) {
      refusal = recorder.noRoom();
    }
    if (refusal != null || found == null) {
      Refusal why = refusal == null ? missing(name) : refusal;
      recorder.whenDurable(() -> reply.accept(Outcome.refused(why)));
      return;
    }
    for (StreamPath each : streams) {
      if (!found.explicit.contains(each)) {
        recorder.record(new Change.SubscriptionLinked(found.id, each, true));
      }
    }
    followings.changed(found);
    int count = found.explicit.size();
    recorder.whenDurable(() -> reply.accept(Outcome.ok(count)));
  }

  private static @Nullable Refusal checkWakeStream(
      StreamSubscription subscription, List<StreamPath> streams) {
    return subscription.definition.wakeBy() instanceof WakeBy.PullWake(StreamPath wakeStream)
            && streams.contains(wakeStream)
        ? illegal("the wake stream would wake itself: the subscription must not follow it")
        : null;
  }

  void unlink(String name, StreamPath stream, Consumer<Outcome<Boolean>> reply) {
    StreamSubscription found = subscriptions.byName(name);
    Outcome<Boolean> outcome;
    if (found == null) {
      outcome = Outcome.refused(missing(name));
    } else if (!recorder.hasRoomForProgress()) {
      outcome = Outcome.refused(recorder.noRoom());
    } else {
      outcome = Outcome.ok(found.explicit.contains(stream));
      if (outcome.value()) {
        recorder.record(new Change.SubscriptionLinked(found.id, stream, false));
        followings.changed(found);
      }
    }
    recorder.answer(outcome, reply);
  }

  void delete(String name, Consumer<Outcome<Boolean>> reply) {
    StreamSubscription found = subscriptions.byName(name);
    if (found != null && !recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(recorder.noRoom()));
      return;
    }
    if (found != null) {
      remove(found);
    }
    recorder.answer(Outcome.ok(found != null), reply);
  }

  private void remove(StreamSubscription found) {
    recorder.record(new Change.SubscriptionRemoved(found.id));
    wakes.removed(found);
    followings.removed(found);
    sweeps.begin(Sweeps.Kind.UNLINK, found.id, 0);
  }

  // ---- in other shards than the one that holds it

  /** As the shards that hold its streams are to follow it. */
  void held(String name, Consumer<Outcome<FollowedSubscription>> reply) {
    StreamSubscription found = subscriptions.byName(name);
    Outcome<FollowedSubscription> outcome =
        found == null ? Outcome.refused(missing(name)) : Outcome.ok(followings.followed(found));
    recorder.whenDurable(() -> reply.accept(outcome));
  }

  /** Another shard holds a subscription; the outcome: that was news. */
  void follow(FollowedSubscription wanted, Consumer<Outcome<Boolean>> reply) {
    if (!recorder.hasRoomForProgress()) {
      reply.accept(Outcome.refused(recorder.noRoom()));
      return;
    }
    StreamSubscription known =
        wanted.isRemoved() ? subscriptions.byId(wanted.id()) : subscriptions.byName(wanted.name());
    boolean isSame = known != null && known.id == wanted.id();
    boolean isNews;
    if (wanted.isRemoved()) {
      isNews = isSame;
    } else if (known != null && !isSame) {
      // Of one name, the later one is meant: the earlier was deleted.
      isNews = known.id < wanted.id();
    } else {
      isNews = known == null || known.revision < wanted.revision();
    }
    if (isNews && known != null && (wanted.isRemoved() || !isSame)) {
      remove(known);
    }
    if (isNews && !wanted.isRemoved()) {
      recorder.record(
          new Change.SubscriptionFollowed(
              wanted.id(),
              wanted.name(),
              wanted.definition(),
              wanted.createdAt().toEpochMilli(),
              wanted.revision()));
    }
    recorder.whenDurable(() -> reply.accept(Outcome.ok(isNews)));
  }

  // ---- describing

  void describe(String name, int limit, Consumer<Outcome<SubscriptionView>> reply) {
    StreamSubscription found = subscriptions.byName(name);
    Outcome<SubscriptionView> outcome =
        found == null
            ? Outcome.refused(missing(name))
            : Outcome.ok(view(found, Math.clamp(limit, 0, MAX_LISTED)));
    recorder.whenDurable(() -> reply.accept(outcome));
  }

  private SubscriptionView view(@Nullable StreamSubscription found, int limit) {
    StreamSubscription subscription = Objects.requireNonNull(found);
    List<LinkedStream> streams = new ArrayList<>();
    for (StreamPath path : subscription.explicit) {
      streams.add(explicit(subscription, path));
    }
    boolean hasMore = streams.size() > limit;
    if (hasMore) {
      streams.subList(limit, streams.size()).clear();
    } else {
      hasMore = addMeant(subscription, streams, limit);
    }
    return new SubscriptionView(
        subscription.name,
        subscription.definition,
        Instant.ofEpochMilli(subscription.createdMillis),
        subscription.wake.phase() == WakeState.Phase.FAILED,
        List.copyOf(streams),
        hasMore);
  }

  private LinkedStream explicit(StreamSubscription subscription, StreamPath path) {
    Topic topic = catalog.topic(path.topic());
    Queue queue = topic == null ? null : queues.byName(topic, path.liteTopic());
    return queue == null
        ? new LinkedStream(path, true, 0, 0)
        : linked(subscription, queue, subscriptions.link(subscription, queue));
  }

  static LinkedStream linked(
      StreamSubscription subscription, Queue queue, @Nullable StreamLink link) {
    StreamPath path = SubscriptionFold.pathOf(queue);
    long acked = link == null ? StreamLink.AT_END : link.ackedOffset;
    return new LinkedStream(
        path,
        subscription.explicit.contains(path),
        acked == StreamLink.AT_END ? queue.nextOffset : acked,
        queue.nextOffset);
  }

  /** Of the streams that the pattern means, those that it has a row of; whether there are more. */
  private boolean addMeant(StreamSubscription subscription, List<LinkedStream> streams, int limit) {
    List<Long> found = new ArrayList<>();
    byte[] from = Keys.of(subscription.id);
    int looks = limit + subscription.explicit.size() - streams.size() + 1;
    rows.scan(
        Table.STREAM_LINK,
        from,
        Keys.after(from),
        (key, _) -> {
          found.add(Keys.longAt(key, 8));
          return found.size() < looks + subscription.explicit.size();
        });
    for (long queueId : found) {
      Queue queue = queues.byId(queueId);
      if (queue == null) {
        subscriptions.forget(subscription, queueId); // its topic was deleted
        continue;
      }
      if (subscription.explicit.contains(SubscriptionFold.pathOf(queue))) {
        continue;
      }
      if (streams.size() == limit) {
        return true;
      }
      streams.add(linked(subscription, queue, subscriptions.link(subscription, queue)));
    }
    return false;
  }
}
