package io.rivulet.server.rocketmq.receive;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Safe for all threads: a concurrent set and a volatile flag. The receives that wait for messages,
 * so that they can be answered when the server stops. As many as there are calls, which the gRPC
 * server bounds.
 */
public final class WaitingReplies {
  private final Set<ReceiveReply> replies = ConcurrentHashMap.newKeySet();
  private volatile boolean isDraining;

  /** Answers all that wait, and lets none wait from now on. */
  public void drain() {
    isDraining = true;
    replies.forEach(ReceiveReply::cancelPolling);
  }

  /** Notes that a reply waits; false if none may any more. */
  boolean add(ReceiveReply reply) {
    replies.add(reply);
    return !isDraining;
  }

  void remove(ReceiveReply reply) {
    replies.remove(reply);
  }
}
