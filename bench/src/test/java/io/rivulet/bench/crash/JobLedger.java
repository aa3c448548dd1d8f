package io.rivulet.bench.crash;

import apache.rocketmq.v2.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Owned by the consuming thread (the test's own between two lives of the server). What a group was
 * given and has acknowledged, and what of that the server may never do again.
 *
 * <p>A lease is logged without being awaited, so one granted just before the kill may be lost with
 * the tail. It is firm once anything that was asked for later has been acknowledged durably.
 */
public final class JobLedger {
  private record Held(Message message, long grantedNanos) {}

  private final Map<String, Held> held = new HashMap<>();
  private final Set<String> acknowledged = new HashSet<>();
  private final List<String> violations = new ArrayList<>();
  private long durableNanos = Long.MIN_VALUE;

  public static String job(Message message) {
    return message.getBody().toStringUtf8();
  }

  /** A change that was asked for at this time has been acknowledged: all before it is durable. */
  void durableSince(long askedNanos) {
    durableNanos = Math.max(durableNanos, askedNanos);
  }

  void received(Message message, long nowNanos) {
    String job = job(message);
    if (acknowledged.contains(job)) {
      violations.add(job + " came back although it was acknowledged");
    }
    Held earlier = held.get(job);
    if (earlier != null && earlier.grantedNanos() < durableNanos) {
      violations.add(job + " was delivered again while it was leased");
    }
    held.put(job, new Held(message, nowNanos));
  }

  void acknowledged(Message message) {
    acknowledged.add(job(message));
    held.remove(job(message));
  }

  /** An acknowledgement without an answer: it may or may not have been heard. */
  void doubtful(Message message) {
    held.remove(job(message));
  }

  /** Leases from before that must have survived. */
  List<Message> firm() {
    return held.values().stream()
        .filter(one -> one.grantedNanos() < durableNanos)
        .map(Held::message)
        .toList();
  }

  /** Everything still leased, firm or not. */
  List<Message> allHeld() {
    return held.values().stream().map(Held::message).toList();
  }

  public Set<String> acknowledgedJobs() {
    return acknowledged;
  }

  public List<String> violations() {
    return violations;
  }
}
