package io.rivulet.server.rocketmq.connection;

import io.rivulet.engine.time.Clock;
import io.rivulet.server.rocketmq.caller.Caller;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Safe for all threads: a concurrent map; entries are added by any request of a client and removed
 * by its goodbye or by the sweep, which one thread at a time runs in passing.
 *
 * <p>Nothing durable hangs on an entry: a client whose entry is missing (the server was restarted,
 * the client slept) is taken up again with its next request.
 */
public final class ClientRegistry {
  private static final long SWEEP_INTERVAL_NANOS = Duration.ofSeconds(10).toNanos();

  private final ConcurrentMap<String, ConnectedClient> clients = new ConcurrentHashMap<>();
  private final Clock clock;
  private final int maxClients;
  private final long timeoutNanos;
  private final AtomicLong nextSweepNanos;

  /**
   * Makes an empty registry.
   *
   * @param maxClients clients known at a time; beyond it new ones are refused
   * @param timeout how long a client may be silent before it is forgotten
   */
  public ClientRegistry(Clock clock, int maxClients, Duration timeout) {
    this.clock = clock;
    this.maxClients = maxClients;
    this.timeoutNanos = timeout.toNanos();
    this.nextSweepNanos = new AtomicLong(clock.nanos() + SWEEP_INTERVAL_NANOS);
  }

  public Optional<ConnectedClient> find(String clientId) {
    return Optional.ofNullable(clients.get(clientId));
  }

  /** The caller's entry, made if it is missing; empty if there are too many. */
  public Optional<ConnectedClient> takeUp(Caller caller) {
    long now = clock.nanos();
    sweepIfDue(now);
    ConnectedClient client = clients.get(caller.clientId());
    if (client == null) {
      if (clients.size() >= maxClients) {
        return Optional.empty();
      }
      client = clients.computeIfAbsent(caller.clientId(), _ -> new ConnectedClient(caller, now));
    }
    client.seen(now);
    return Optional.of(client);
  }

  /** Forgets a client that said goodbye. */
  public void remove(String clientId) {
    clients.remove(clientId);
  }

  /** Ends all telemetry streams, so that clients turn elsewhere or come again later. */
  public void closeStreams() {
    for (ConnectedClient client : clients.values()) {
      client.telemetry().ifPresent(TelemetryStream::close);
    }
  }

  public int size() {
    return clients.size();
  }

  private void sweepIfDue(long now) {
    long due = nextSweepNanos.get();
    if (now - due >= 0 && nextSweepNanos.compareAndSet(due, now + SWEEP_INTERVAL_NANOS)) {
      clients.values().removeIf(client -> now - client.seenNanos() > timeoutNanos);
    }
  }
}
