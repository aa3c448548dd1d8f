package io.rivulet.cluster.routing;

import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Owned by the thread of {@link PollHub}. For which clients other nodes were handed messages:
 * should such a node, or the connection to it, be lost, so may be these.
 *
 * <p>A node that asks for more for a client has what it was answered for it before, and hands it
 * on: that one is in doubt for a moment only. What is not confirmed so may have been lost long
 * before anybody notices.
 */
final class AnsweredNodes {
  /** A node hands on what it was answered long before this. */
  static final Duration HANDED_ON = Duration.ofSeconds(10);

  /** A client that was not polled for again for so long has left. */
  private static final Duration FORGET_AFTER = Duration.ofHours(1);

  private record Answer(long nanos, boolean isConfirmed) {}

  /**
   * Immutable.
   *
   * @param within for how long back
   */
  record Doubt(Set<String> clients, Duration within) {}

  private final Clock clock;

  /** By node and client; the longest ago first. */
  private final Map<String, Map<String, Answer>> answers = new HashMap<>();

  AnsweredNodes(Clock clock) {
    this.clock = clock;
  }

  /** A node was handed messages for a client. */
  void answered(String node, String clientId) {
    Map<String, Answer> clients = answers.computeIfAbsent(node, _ -> new LinkedHashMap<>());
    clients.remove(clientId);
    clients.put(clientId, new Answer(clock.nanos(), false));
    forget(clients);
  }

  /** A node asks for messages for a client. */
  void asked(String node, String clientId) {
    Map<String, Answer> clients = answers.get(node);
    if (clients != null) {
      clients.computeIfPresent(clientId, (_, answer) -> new Answer(answer.nanos, true));
    }
  }

  /** A node is lost: whose answers may be so as well. */
  Doubt lost(String node) {
    Map<String, Answer> clients = answers.remove(node);
    Set<String> doubted = new HashSet<>();
    long now = clock.nanos();
    long longest = HANDED_ON.toNanos();
    if (clients != null) {
      forget(clients);
      for (Map.Entry<String, Answer> each : clients.entrySet()) {
        long ago = now - each.getValue().nanos;
        if (!each.getValue().isConfirmed || ago <= HANDED_ON.toNanos()) {
          doubted.add(each.getKey());
          longest = Math.max(longest, ago + Duration.ofSeconds(1).toNanos());
        }
      }
    }
    return new Doubt(doubted, Duration.ofNanos(longest));
  }

  private void forget(Map<String, Answer> clients) {
    long now = clock.nanos();
    for (Iterator<Answer> each = clients.values().iterator(); each.hasNext(); ) {
      Answer oldest = each.next();
      long ago = now - oldest.nanos;
      if (ago <= FORGET_AFTER.toNanos() && (!oldest.isConfirmed || ago <= HANDED_ON.toNanos())) {
        return;
      }
      each.remove();
    }
  }
}
