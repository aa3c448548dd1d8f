package io.rivulet.testkit.engine;

import io.rivulet.engine.delivery.DeliveredMessage;
import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the simulation. What producers and consumers know for sure, and what must therefore not
 * happen: the engine is right if nobody outside can tell it from one that never crashes, loses or
 * repeats. Where the outside can't know (an answer that never came), the ledger allows both.
 */
final class Ledger {
  /** Who took what, and until when nobody else may. */
  static final class Held {
    final String handle;
    final long offset;
    final long logEnd;
    long untilMillis;
    final String clientId;

    /** When it was asked for. */
    final long step;

    Held(String handle, long offset, long logEnd, long untilMillis, String clientId, long step) {
      this.step = step;
      this.handle = handle;
      this.offset = offset;
      this.logEnd = logEnd;
      this.untilMillis = untilMillis;
      this.clientId = clientId;
    }
  }

  /** What is known of a group in a queue. */
  static final class Track {
    final TreeSet<Long> delivered = new TreeSet<>();

    /** Offsets and the steps in which somebody knew; what was asked earlier may still arrive. */
    final Map<Long, Long> acknowledged = new HashMap<>();

    /** Somebody asked to have it settled; whether that happened is not known. */
    final Set<Long> maybeSettled = new HashSet<>();

    final Map<Long, Integer> attempts = new HashMap<>();
    final Map<Long, Held> held = new TreeMap<>();
    final Set<String> handles = new HashSet<>();
    long suspendedUntilMillis;

    /** When that was asked for. */
    long suspendedStep;

    /** It was asked for by somebody who held nothing: others may have been handed it before. */
    boolean isSuspendedFromOutside;

    int resets;

    /** How often somebody asked to suspend the queue or to resume it. */
    int suspensions;

    /** The group's place was moved: where it starts is not followed up. */
    boolean isLoose;
  }

  /** A poll as its answer is judged. */
  record Asked(
      String group,
      String clientId,
      Set<String> tags,
      boolean isStrict,
      long step,
      long atMillis,
      long invisibleMillis) {}

  private record Key(String group, long queueId) {}

  final Map<String, Message> sent = new LinkedHashMap<>();
  final Map<Long, TreeMap<Long, String>> places = new HashMap<>();
  final Map<Long, String> queueNames = new HashMap<>();
  final Map<String, SendReceipt> receipts = new HashMap<>();

  /** Queues that are gone for sure. */
  final Set<Long> gone = new HashSet<>();

  /** Queues that may be gone. */
  final Set<Long> maybeGone = new HashSet<>();

  private final Map<String, Long> leftSteps = new HashMap<>();
  private final Map<String, Long> goneSteps = new HashMap<>();
  private final Map<Key, Track> tracks = new LinkedHashMap<>();
  private final Map<String, Long> resetSteps = new HashMap<>();

  /** Of the keys of both: what may happen at any moment. */
  private final Map<String, Integer> underWay = new HashMap<>();

  private final int maxAttempts;

  private final Map<String, Integer> unseenAnswers = new HashMap<>();

  /** What was cancelled, moved or given a deadline. */
  final Withdrawals withdrawals = new Withdrawals(this);

  /** Messages may be lost to retention or dead-lettered for their size. */
  private final boolean mayLose;

  Ledger(int maxAttempts, boolean mayLose) {
    this.maxAttempts = maxAttempts;
    this.mayLose = mayLose;
  }

  private static void fail(String what) {
    throw new AssertionError(what);
  }

  // ---- sends

  static String queueNameOf(Message message) {
    String lite = message.liteTopic();
    String group = message.messageGroup();
    return lite != null ? lite : group != null ? group : "";
  }

  /** A send was answered. */
  void stored(Message message, SendReceipt receipt, Set<Long> goneWhenAsked, long step) {
    String name = message.topic() + "/" + queueNameOf(message);
    if (step <= Math.max(goneStep(name), goneStep(message.topic() + "/"))) {
      maybeGone.add(receipt.queueId());
    }
    String known = queueNames.putIfAbsent(receipt.queueId(), name);
    if (known != null && !known.equals(name)) {
      fail("queue " + receipt.queueId() + " is " + known + " and " + name);
    }
    if (goneWhenAsked.contains(receipt.queueId())) {
      fail(message.id() + " was stored in queue " + receipt.queueId() + ", which was gone");
    }
    String other =
        places
            .computeIfAbsent(receipt.queueId(), _ -> new TreeMap<>())
            .putIfAbsent(receipt.offset(), message.id());
    if (other != null && !other.equals(message.id())) {
      fail("%s and %s are both at %s".formatted(other, message.id(), receipt));
    }
    SendReceipt before = receipts.put(message.id(), receipt);
    if (before != null
        && !maybeGone.contains(before.queueId())
        && !maybeGone.contains(receipt.queueId())
        && !mayVanish(before.queueId())
        && (before.queueId() != receipt.queueId() || before.offset() != receipt.offset())) {
      fail("%s was stored twice: %s and %s".formatted(message.id(), before, receipt));
    }
  }

  /** Lite topics may expire at any time where TTLs are short. */
  boolean hasShortTtl;

  private boolean mayVanish(long queueId) {
    return hasShortTtl && queueNames.getOrDefault(queueId, "").startsWith("lite/");
  }

  /** Whether somebody asked to delete the topic. */
  boolean mayBeGone(String topic) {
    return goneStep(topic + "/") >= 0;
  }

  /** A queue of it went: what was sent again may be there, and elsewhere. */
  boolean maybeResent(String id) {
    SendReceipt receipt = receipts.get(id);
    return receipt == null || maybeGone.contains(receipt.queueId()) || mayVanish(receipt.queueId());
  }

  // ---- deliveries

  Track track(String group, long queueId) {
    return tracks.computeIfAbsent(new Key(group, queueId), _ -> new Track());
  }

  /** A poll was answered. */
  void delivered(Asked asked, List<DeliveredMessage> batch, long nowMillis, long logEnd) {
    Map<Long, TreeSet<Long>> inBatch = new HashMap<>();
    for (DeliveredMessage each : batch) {
      checkContent(asked, each);
      long queueId = each.message().queueId();
      long offset = each.message().offset();
      Track track = track(asked.group, queueId);
      track.isLoose |= resetStep(asked.group, queueId) >= 0;
      TreeSet<Long> before = inBatch.computeIfAbsent(queueId, _ -> new TreeSet<>());
      Message message = each.message().message();
      queueNames.putIfAbsent(queueId, message.topic() + "/" + queueNameOf(message));
      // An answer that was long under way, or one that was asked for again: it says nothing new.
      boolean isRepeated =
          !track.handles.add(each.receiptHandle())
              || each.attempt() <= track.attempts.getOrDefault(offset, 0);
      if (!isRepeated) {
        checkFree(asked, track, each, before, nowMillis);
        if (asked.isStrict && !track.isLoose) {
          checkOrder(asked, track, each, before);
        }
      }
      before.add(offset);
      track.delivered.add(offset);
      track.attempts.merge(offset, each.attempt(), Math::max);
      if (!isRepeated
          && asked.step > resetStep(asked.group, queueId)
          && asked.step > leftSteps.getOrDefault(asked.clientId, -1L)) {
        long until = asked.atMillis + asked.invisibleMillis;
        track.held.put(
            offset,
            new Held(each.receiptHandle(), offset, logEnd, until, asked.clientId, asked.step));
      }
    }
  }

  private void checkContent(Asked asked, DeliveredMessage each) {
    Message message = each.message().message();
    Message known = sent.get(message.id());
    if (known == null || known.body().size() != message.body().size()) {
      fail(message.id() + " was delivered and never sent like this");
    }
    String tag = message.tag();
    if (!asked.tags.isEmpty() && (tag == null || !asked.tags.contains(tag))) {
      fail(message.id() + " has the tag " + tag + ", which " + asked.group + " does not want");
    }
    String there =
        places.getOrDefault(each.message().queueId(), new TreeMap<>()).get(each.message().offset());
    if (there != null && !there.equals(message.id())) {
      fail(message.id() + " was delivered from the place of " + there);
    }
  }

  private void checkFree(
      Asked asked, Track track, DeliveredMessage each, Set<Long> before, long nowMillis) {
    long offset = each.message().offset();
    String what =
        "%s (queue %d %s, offset %d) delivered to %s of %s at %d, asked in step %d at %d"
            .formatted(
                each.message().message().id(),
                each.message().queueId(),
                queueNames.get(each.message().queueId()),
                offset,
                asked.clientId,
                asked.group,
                nowMillis,
                asked.step,
                asked.atMillis);
    if (asked.step > resetStep(asked.group, each.message().queueId())) {
      if (track.acknowledged.getOrDefault(offset, Long.MAX_VALUE) < asked.step) {
        fail(what + " and acknowledged before");
      }
      // It may have been taken off its queue while the answer was under way; others come next then.
      boolean isFirst =
          asked.isStrict && !withdrawals.mayBeWithdrawn(each.message().message().id());
      for (Held held : track.held.values()) {
        boolean isSame = held.offset == offset;
        if ((isSame || (isFirst && !before.contains(held.offset)))
            && !track.maybeSettled.contains(held.offset)
            && !withdrawals.mayBeWithdrawn(each.message().queueId(), held.offset)
            && !mayBeOlder(asked, held.step, nowMillis)
            && held.untilMillis > nowMillis) {
          fail(
              what
                  + " while "
                  + held.clientId
                  + " holds "
                  + held.offset
                  + " until "
                  + held.untilMillis);
        }
      }
      if (track.suspendedUntilMillis > nowMillis
          && !mayBeHandedOutBefore(asked, track)
          && !mayBeOlder(asked, track.suspendedStep, nowMillis)) {
        fail(what + " and suspended until " + track.suspendedUntilMillis);
      }
    }
  }

  /**
   * An answer that was under way when somebody suspended the queue who held nothing of it, or one
   * that was lost before that and is asked for again.
   */
  private static boolean mayBeHandedOutBefore(Asked asked, Track track) {
    return track.isSuspendedFromOutside
        && (asked.step < track.suspendedStep || asked.invisibleMillis == 0);
  }

  /** An answer that was so long under way that what it hands out may have ended before that. */
  private static boolean mayBeOlder(Asked asked, long step, long nowMillis) {
    return asked.step < step && asked.atMillis + asked.invisibleMillis <= nowMillis;
  }

  private void checkOrder(
      Asked asked, Track track, DeliveredMessage each, NavigableSet<Long> before) {
    long offset = each.message().offset();
    if (!before.isEmpty() && before.last() > offset) {
      fail(each.message() + " comes after " + before.last());
    }
    if (track.delivered.isEmpty()) {
      return;
    }
    TreeMap<Long, String> known = places.getOrDefault(each.message().queueId(), new TreeMap<>());
    for (long at = track.delivered.first(); at < offset; at++) {
      if (before.contains(at)
          || track.maybeSettled.contains(at)
          || withdrawals.mayBeWithdrawn(each.message().queueId(), at)) {
        continue;
      }
      if (track.delivered.contains(at)) {
        if (!maybeExhausted(asked.group, track, at) && !mayLose) {
          fail(
              "offset %d of %s was delivered to %s before %d was acknowledged"
                  .formatted(offset, queueNames.get(each.message().queueId()), asked.group, at));
        }
      } else if (isWanted(asked.tags, known.get(at))
          && !maybeExhausted(asked.group, track, at)
          && !mayLose) {
        fail(
            "offset %d of %s was delivered to %s before %d"
                .formatted(offset, queueNames.get(each.message().queueId()), asked.group, at));
      }
    }
  }

  /**
   * Somebody asks to suspend a queue for a group, or to resume it: what was known of suspensions no
   * longer holds.
   *
   * @param name topic/name
   * @return what is known of the group in the queues of that name that may be alive
   */
  List<Track> suspending(String group, String name) {
    List<Track> found = new ArrayList<>();
    queueNames.forEach((id, known) -> {
      if (known.equals(name) && !gone.contains(id)) {
        Track track = track(group, id);
        track.suspensions++;
        track.suspendedUntilMillis = 0;
        found.add(track);
      }
    });
    boolean isSure = queueNames.keySet().stream().noneMatch(this::mayVanish);
    return isSure && goneStep(name) < 0 && goneStep(topicOf(name)) < 0 ? found : List.of();
  }

  private static String topicOf(String name) {
    return name.substring(0, name.indexOf('/') + 1);
  }

  private boolean isWanted(Set<String> tags, @Nullable String id) {
    Message message = id == null ? null : sent.get(id);
    return message != null
        && (tags.isEmpty() || (message.tag() != null && tags.contains(message.tag())));
  }

  // ---- what ends what was known

  private long resetStep(String group, long queueId) {
    String name = queueNames.getOrDefault(queueId, "");
    int slash = name.indexOf('/');
    String topic = slash < 0 ? name : name.substring(0, slash);
    return Math.max(resetStepAt(group + " " + name), resetStepAt(group + " " + topic));
  }

  private long resetStepAt(String where) {
    return underWay.containsKey(where) ? Long.MAX_VALUE : resetSteps.getOrDefault(where, -1L);
  }

  private long goneStep(String name) {
    return underWay.containsKey(name) ? Long.MAX_VALUE : goneSteps.getOrDefault(name, -1L);
  }

  /**
   * Somebody asked for a reset or a deletion that takes its time: until it {@link #ends} it may
   * happen at any moment, and what is learnt meanwhile says nothing.
   */
  void resetBegins(String group, String topic) {
    underWay.merge(group + " " + topic, 1, Integer::sum);
    reset(group, topic, 0);
  }

  void resetEnds(String group, String topic, long step) {
    ends(group + " " + topic);
    reset(group, topic, step);
  }

  /** The same for all queues of a topic. */
  void goingBegins(String topic) {
    underWay.merge(topic + "/", 1, Integer::sum);
    goes(topic, "", 0);
  }

  void goingEnds(String topic, long step) {
    ends(topic + "/");
    goes(topic, "", step);
  }

  private void ends(String key) {
    underWay.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
  }

  /** Somebody moves a group's place, in one queue (topic/name) or a topic. */
  void reset(String group, String where, long step) {
    resetSteps.put(group + " " + where, step);
    tracks.forEach((key, track) -> {
      String name = queueNames.getOrDefault(key.queueId, "");
      if (key.group.equals(group) && (name.equals(where) || name.startsWith(where + "/"))) {
        track.acknowledged.clear();
        track.maybeSettled.clear();
        track.held.clear();
        track.suspendedUntilMillis = 0;
        track.resets++;
        track.isLoose = true;
      }
    });
  }

  /** What a client was leased for as long as it lives ends. */
  void left(String clientId, long step) {
    leftSteps.put(clientId, step);
    tracks
        .values()
        .forEach(track -> track.held.values().removeIf(held -> held.clientId.equals(clientId)));
  }

  /** A poll of this group was asked, and its answer reached nobody: what it held was an attempt. */
  void unseen(String group) {
    unseenAnswers.merge(group, 1, Integer::sum);
  }

  private boolean maybeExhausted(String group, Track track, long offset) {
    int attempts = track.attempts.getOrDefault(offset, 0);
    return attempts + unseenAnswers.getOrDefault(group, 0) >= maxAttempts;
  }

  /** Grants beyond the end of what was found after a crash never happened. */
  void crashed(long logEnd) {
    tracks
        .values()
        .forEach(track -> {
          track.held.values().removeIf(held -> held.logEnd > logEnd);
        });
  }

  /** A queue is gone, or may be. */
  void goes(String topic, String name, long step) {
    goneSteps.put(topic + "/" + name, step);
    queueNames.forEach((id, known) -> {
      if (known.equals(topic + "/" + name) || (name.isEmpty() && known.startsWith(topic + "/"))) {
        maybeGone.add(id);
      }
    });
  }

  // ---- the end

  /** Everything that was acknowledged to a producer, unless its queue went. */
  void checkKept(Map<Long, Map<Long, String>> found) {
    places.forEach((queueId, ids) -> {
      if (maybeGone.contains(queueId) || mayVanish(queueId)) {
        return;
      }
      Map<Long, String> kept = found.getOrDefault(queueId, Map.of());
      ids.forEach((offset, id) -> {
        String there = kept.get(offset);
        if (there == null ? !mayLose : !there.equals(id)) {
          fail(
              "%s was stored in queue %d (%s) at %d and %s is there"
                  .formatted(id, queueId, queueNames.get(queueId), offset, there));
        }
      });
    });
  }

  /** After draining, each group has settled all that it wants of a queue. */
  void checkDrained(String group, Set<String> tags, long queueId, Map<Long, String> messages) {
    Track track = track(group, queueId);
    if (track.isLoose || mayLose || resetStep(group, queueId) >= 0) {
      return;
    }
    messages.forEach((offset, id) -> {
      boolean isSettled =
          track.maybeSettled.contains(offset) || maybeExhausted(group, track, offset);
      if (isWanted(tags, id) && !isSettled) {
        fail(
            "%s in queue %d (%s) at %d was never delivered to %s"
                .formatted(id, queueId, queueNames.get(queueId), offset, group));
      }
    });
  }
}
