package io.rivulet.server.rocketmq.connection;

import io.rivulet.engine.EngineListener;

/**
 * Safe for all threads: stateless. Passes the engine's news of ended subscriptions to clients; to
 * be called on a thread that may take a lock, not the engine's own.
 */
public final class UnsubscribeNotices implements EngineListener {
  private final ClientRegistry clients;

  public UnsubscribeNotices(ClientRegistry clients) {
    this.clients = clients;
  }

  /**
   * The client no longer follows the lite topic, without having asked for it.
   *
   * <p>Trap 15: Go panics on this command if it did not yet follow lite topics. Node ignores it and
   * lists the lite topic again in its next full list; the engine does not let that take the lite
   * topic back from its new owner.
   */
  @Override
  public void unsubscribed(String clientId, String group, String topic, String liteTopic) {
    clients
        .find(clientId)
        .filter(ConnectedClient::followsLiteTopics)
        .flatMap(ConnectedClient::telemetry)
        .ifPresent(stream -> stream.sendUnsubscribed(liteTopic));
  }

  /** Of no interest to clients. */
  @Override
  public void unreadLost(String group, String topic, long count) {}

  /** Clients learn it from the answers to their requests. */
  @Override
  public void failed(Throwable cause) {}
}
