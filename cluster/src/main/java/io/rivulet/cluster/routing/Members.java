package io.rivulet.cluster.routing;

import io.rivulet.cluster.forward.NodeCalls;
import io.rivulet.engine.Engine;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Safe for all threads: a concurrent map. The clients that are connected to this node, of whom all
 * shards are told: any of them may have leased something to one.
 */
final class Members {
  private record Known(ClientInfo info, long seenNanos) {}

  private final Shards shards;
  private final Clock clock;
  private final long timeoutNanos;
  private final Map<String, Known> clients = new ConcurrentHashMap<>();

  Members(Shards shards, Clock clock, Duration timeout) {
    this.shards = shards;
    this.clock = clock;
    timeoutNanos = timeout.toNanos();
  }

  void seen(ClientInfo client) {
    clients.put(client.id(), new Known(client, clock.nanos()));
    tell(client);
  }

  /** False if the client has not introduced itself to this node. */
  boolean alive(String clientId) {
    Known known =
        clients.computeIfPresent(clientId, (_, old) -> new Known(old.info, clock.nanos()));
    if (known == null) {
      return false;
    }
    // Again with all that is known of it: a shard may have moved to a node that knows nothing.
    tell(known.info);
    return true;
  }

  private void tell(ClientInfo client) {
    seenElsewhere(client);
    for (NodeCalls other : shards.others()) {
      var _ = other.clientSeen(client);
    }
  }

  void gone(String clientId) {
    clients.remove(clientId);
    goneElsewhere(clientId);
    for (NodeCalls other : shards.others()) {
      var _ = other.clientGone(clientId);
    }
  }

  /** By way of another node, of which it is a client. */
  void seenElsewhere(ClientInfo client) {
    for (Engine shard : shards.local().values()) {
      shard.clientSeen(client);
    }
  }

  void goneElsewhere(String clientId) {
    for (Engine shard : shards.local().values()) {
      shard.clientGone(clientId);
    }
  }

  /** Drops those who fell silent; they introduce themselves again if they come back. */
  void forget() {
    long before = clock.nanos() - 2 * timeoutNanos;
    clients.values().removeIf(each -> each.seenNanos < before);
  }
}
