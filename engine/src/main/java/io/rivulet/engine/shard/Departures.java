package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owned by the shard thread. Clients that leave: with a goodbye, or by falling silent. First their
 * leases end, so that others get the work; their subscriptions end later, because a client that
 * lost its connection comes back.
 */
final class Departures {
  private static final Logger log = LoggerFactory.getLogger(Departures.class);
  private static final long LEASES_END_IN_MILLIS = 1000;

  private final EngineConfig config;
  private final Clients clients;
  private final Acknowledger acknowledger;
  private final Subscriptions subscriptions;

  Departures(
      EngineConfig config,
      Clients clients,
      Acknowledger acknowledger,
      Subscriptions subscriptions) {
    this.config = config;
    this.clients = clients;
    this.acknowledger = acknowledger;
    this.subscriptions = subscriptions;
  }

  /** The client said goodbye. */
  void goodbye(String clientId) {
    Client client = clients.get(clientId);
    if (client != null) {
      endLeases(client);
      forget(client);
    }
  }

  /** Who has not been heard of for too long is gone. */
  void lookAtClients() {
    long timeoutNanos = config.clientTimeout().toNanos();
    long subscriptionNanos = config.subscriptionTimeout().toNanos();
    for (Client client : List.copyOf(clients.all())) {
      long silent = clients.silentNanos(client);
      if (silent >= timeoutNanos && !client.isGone) {
        log.info(
            "Client {} was not heard of for {}: its leases end", client.id, config.clientTimeout());
        endLeases(client);
      }
      if (silent >= subscriptionNanos) {
        forget(client);
      }
    }
  }

  private void endLeases(Client client) {
    client.isGone = true;
    acknowledger.endLeases(client, LEASES_END_IN_MILLIS);
  }

  private void forget(Client client) {
    if (client.isLeaving) {
      return;
    }
    client.isLeaving = true;
    // Without room for it on the disk its subscriptions stay, and it is tried again.
    subscriptions.clearAll(
        client,
        () -> {
          if (client.isLeaving) {
            clients.remove(client);
          }
        });
  }
}
