package io.rivulet.engine.shard;

import io.rivulet.engine.EngineConfig;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

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
      var _ = endLeases(client);
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
        int leases = endLeases(client);
        // Whoever only sends leaves a trace in each shard that it sent to, which tells nobody much.
        log.atLevel(leases > 0 ? Level.INFO : Level.DEBUG)
            .log(
                "Client {} was not heard of for {}: {} leases of it end",
                client.id,
                config.clientTimeout(),
                leases);
      }
      if (silent >= subscriptionNanos) {
        forget(client);
      }
    }
  }

  private int endLeases(Client client) {
    client.isGone = true;
    return acknowledger.endLeases(client, LEASES_END_IN_MILLIS);
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
