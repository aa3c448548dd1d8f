package io.rivulet.cluster.routing;

import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Owned by the thread of {@link PollHub}. For which clients other nodes were handed messages just
 * now: should such a node be lost, so may be these.
 */
final class AnsweredNodes {
  /** What was answered to a node longer before its loss has reached its clients. */
  static final Duration DOUBTED = Duration.ofSeconds(10);

  private final Clock clock;

  /** By node and client, the longest ago first. */
  private final Map<String, Map<String, Long>> nanos = new HashMap<>();

  AnsweredNodes(Clock clock) {
    this.clock = clock;
  }

  void answered(String node, String clientId) {
    Map<String, Long> clients = nanos.computeIfAbsent(node, _ -> new LinkedHashMap<>());
    clients.remove(clientId);
    clients.put(clientId, clock.nanos());
    forget(clients);
  }

  /** Whose answers may be lost with this node. */
  Set<String> lost(String node) {
    Map<String, Long> clients = nanos.remove(node);
    if (clients == null) {
      return Set.of();
    }
    forget(clients);
    return Set.copyOf(clients.keySet());
  }

  private void forget(Map<String, Long> clients) {
    long before = clock.nanos() - DOUBTED.toNanos();
    for (Iterator<Long> each = clients.values().iterator(); each.hasNext(); ) {
      if (each.next() >= before) {
        return;
      }
      each.remove();
    }
  }
}
