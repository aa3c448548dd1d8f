package io.rivulet.engine.shard;

import io.rivulet.engine.message.Message;
import io.rivulet.engine.message.SendReceipt;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Demand;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Immutable. What a message says of the cost of another one: a worker's reply carries the receipt
 * handle of the request and what it really cost.
 *
 * @param nth which message of the send says so
 */
record Settlement(int nth, String receiptHandle, int cost) {
  /** What these messages say; nearly always nothing. */
  static List<Settlement> in(List<Message> messages) {
    List<Settlement> found = List.of();
    for (int i = 0; i < messages.size(); i++) {
      Map<String, String> properties = messages.get(i).properties();
      String handle = properties.get(Demand.SETTLED_HANDLE_PROPERTY);
      if (handle != null) {
        found = found.isEmpty() ? new ArrayList<>(1) : found;
        found.add(new Settlement(i, handle, Demand.settledCost(properties)));
      }
    }
    return found;
  }

  /**
   * Settles what was stored and not there before. A handle that holds no more is no reason to
   * refuse the reply that names it.
   */
  static void settle(
      List<Settlement> settlements, List<Outcome<SendReceipt>> outcomes, Rooms rooms) {
    for (Settlement each : settlements) {
      if (outcomes.get(each.nth) instanceof Outcome.Ok<SendReceipt> ok
          && !ok.value().isDuplicate()) {
        var _ = rooms.traffic().settlements().settle("", each.receiptHandle, each.cost);
      }
    }
  }
}
