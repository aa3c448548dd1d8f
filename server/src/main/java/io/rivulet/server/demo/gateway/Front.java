package io.rivulet.server.demo.gateway;

import io.rivulet.client.BatchingProducer;
import io.rivulet.client.OutgoingMessage;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Owned by its thread. The gateway's front: sends each request when its time has come. */
final class Front {
  private static final String COST = "rivulet-cost";

  private final BatchingProducer producer;
  private final Rules rules;
  private final Ledger ledger;

  Front(BatchingProducer producer, Rules rules, Ledger ledger) {
    this.producer = producer;
    this.rules = rules;
    this.ledger = ledger;
  }

  void send() {
    List<Arrival> arrivals = ledger.arrivals();
    for (int number = 0; number < arrivals.size(); number++) {
      Arrival request = arrivals.get(number);
      for (long left = request.atNanos() - ledger.nowNanos();
          left > 0;
          left = request.atNanos() - ledger.nowNanos()) {
        LockSupport.parkNanos(left);
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
      }
      ledger.sent(number);
      var _ =
          producer
              .send(message(number, request))
              .whenComplete((_, failure) -> {
                if (failure != null) {
                  ledger.failed("a request could not be sent: " + failure.getMessage());
                }
              });
    }
  }

  private OutgoingMessage message(int number, Arrival request) {
    return OutgoingMessage.of(Integer.toString(number))
        .property(Rules.TENANT, request.caller().tenant())
        .property(COST, Integer.toString(request.cost()))
        .priority(rules.priorityOf(request.caller()));
  }
}
