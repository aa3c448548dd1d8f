package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import io.rivulet.engine.group.ClientInfo;
import io.rivulet.engine.time.Clock;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Safe for all threads: a concurrent map that only the shard thread writes; signs of life are
 * volatile. The clients heard of.
 */
final class Clients {
  private final Map<String, Client> clients = new ConcurrentHashMap<>();
  private final Clock clock;
  private final long startNanos;
  private final long timeoutNanos;

  Clients(EngineConfig config, Clock clock) {
    this.clock = clock;
    startNanos = clock.nanos();
    timeoutNanos = config.clientTimeout().toNanos();
  }

  /** The client of that id, made if it was not known; having asked, it is alive. */
  Client seen(String clientId) {
    Client client = clients.computeIfAbsent(clientId, _ -> new Client(clientId, clock.nanos()));
    client.lastSeenNanos = clock.nanos();
    client.isGone = false;
    client.isLeaving = false;
    return client;
  }

  Client seen(ClientInfo info) {
    Client client = seen(info.id());
    client.info = info;
    return client;
  }

  /** A client whose subscriptions were found; its time begins to run now if it was not known. */
  Client remembered(String clientId) {
    return clients.computeIfAbsent(clientId, _ -> new Client(clientId, clock.nanos()));
  }

  @Nullable Client get(String clientId) {
    return clients.get(clientId);
  }

  /** Notes a sign of life; false if the client has not introduced itself. */
  boolean alive(String clientId) {
    Client client = clients.get(clientId);
    if (client == null || client.isGone) {
      return false;
    }
    client.lastSeenNanos = clock.nanos();
    return client.info != null;
  }

  /**
   * Whether leases of this client are renewed: it was heard of lately, or it may be one from before
   * the start that has not come back yet.
   */
  boolean isAlive(@Nullable String clientId) {
    if (clientId == null || clientId.isEmpty()) {
      return false;
    }
    Client client = clients.get(clientId);
    if (client == null) {
      return clock.nanos() - startNanos < timeoutNanos;
    }
    return !client.isGone && silentNanos(client) < timeoutNanos;
  }

  long silentNanos(Client client) {
    return clock.nanos() - client.lastSeenNanos;
  }

  void remove(Client client) {
    clients.remove(client.id, client);
  }

  Collection<Client> all() {
    return clients.values();
  }

  int count() {
    return clients.size();
  }
}
