package io.rivulet.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Owned by its producer's lock. The messages that wait, sorted into lanes.
 *
 * <p>A lane holds the messages that must keep their order: those of one lite topic or message
 * group. At most one request with messages of a lane is under way, so that a request that is tried
 * again can't overtake or be overtaken. Messages without a lane go as they come.
 */
final class BatchAssembly {
  private static final String NO_LANE = "";

  private static final class Lane {
    final Deque<PendingMessage> messages = new ArrayDeque<>();
    long sizeBytes;
    boolean isUnderWay;
  }

  private final Map<String, Lane> lanes = new HashMap<>();

  /** Lanes that have messages and may send them, in the order in which they began to wait. */
  private final Deque<String> ready = new ArrayDeque<>();

  private int readyMessages;
  private long readyBytes;
  private int messages;

  void add(PendingMessage message) {
    Lane lane = lanes.computeIfAbsent(message.lane(), name -> new Lane());
    lane.messages.add(message);
    lane.sizeBytes += message.sizeBytes();
    messages++;
    if (!lane.isUnderWay) {
      if (lane.messages.size() == 1) {
        ready.add(message.lane());
      }
      readyMessages++;
      readyBytes += message.sizeBytes();
    }
  }

  /** Messages that wait, whether or not they may be sent now. */
  int messages() {
    return messages;
  }

  int readyMessages() {
    return readyMessages;
  }

  long readyBytes() {
    return readyBytes;
  }

  /** Takes what fits into one request, at least one message if one is ready. */
  List<PendingMessage> take(int maxMessages, int maxBytes) {
    List<PendingMessage> batch = new ArrayList<>(Math.min(maxMessages, readyMessages));
    long bytes = 0;
    while (!ready.isEmpty()) {
      String name = ready.element();
      Lane lane = lane(name);
      while (!lane.messages.isEmpty() && fits(batch, bytes, lane, maxMessages, maxBytes)) {
        PendingMessage message = lane.messages.remove();
        lane.sizeBytes -= message.sizeBytes();
        bytes += message.sizeBytes();
        batch.add(message);
        forget(message);
      }
      boolean isFull = !lane.messages.isEmpty();
      if (!isFull || !name.equals(NO_LANE)) {
        ready.remove();
        // Of a lane that is under way nothing may leave; what is left of it is not ready.
        hold(name, lane, batch);
      }
      if (isFull) {
        return batch;
      }
    }
    return batch;
  }

  /** The request with messages of this lane has ended. */
  void release(String name) {
    Lane lane = lanes.get(name);
    if (lane == null || !lane.isUnderWay) {
      return;
    }
    lane.isUnderWay = false;
    if (lane.messages.isEmpty()) {
      lanes.remove(name);
      return;
    }
    ready.add(name);
    readyMessages += lane.messages.size();
    readyBytes += lane.sizeBytes;
  }

  private void hold(String name, Lane lane, List<PendingMessage> batch) {
    if (name.equals(NO_LANE)) {
      lanes.remove(name);
      return;
    }
    boolean isTaken = !batch.isEmpty() && batch.getLast().lane().equals(name);
    if (!isTaken) {
      ready.addFirst(name);
      return;
    }
    lane.isUnderWay = true;
    readyMessages -= lane.messages.size();
    readyBytes -= lane.sizeBytes;
  }

  private void forget(PendingMessage message) {
    messages--;
    readyMessages--;
    readyBytes -= message.sizeBytes();
  }

  private Lane lane(String name) {
    Lane lane = lanes.get(name);
    if (lane == null) {
      throw new IllegalStateException("lane '" + name + "' is ready but unknown");
    }
    return lane;
  }

  private static boolean fits(
      List<PendingMessage> batch, long bytes, Lane lane, int maxMessages, int maxBytes) {
    return batch.isEmpty()
        || (batch.size() < maxMessages && bytes + lane.messages.element().sizeBytes() <= maxBytes);
  }
}
