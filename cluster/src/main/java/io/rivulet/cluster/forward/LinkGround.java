package io.rivulet.cluster.forward;

import java.util.concurrent.Executor;

/**
 * Immutable. What calls between nodes stand on, at one of the two ends: that of who calls, or of
 * who serves.
 *
 * @param sent bounds the bodies that go from here to all nodes
 * @param received bounds the large calls, or answers, that come from all nodes. The four budgets of
 *     a node are never the same: what has room in one waits for room in the next, in the order call
 *     sent, call received, answer sent, answer received, and the last waits for nobody
 * @param maxBytes of one call or answer
 * @param background may wait for the disk, where large bodies are
 */
public record LinkGround(
    LinkBudget sent,
    LinkBudget received,
    CallCounters counters,
    Deadlines deadlines,
    int maxBytes,
    Executor background) {

  /** What was counted so far, and the room that is taken now. */
  public CallCounters.Counted counted() {
    return counters.counted(sent.usedBytes() + received.usedBytes());
  }
}
