package io.rivulet.server.demo.gateway;

import java.util.ArrayList;
import java.util.List;

/**
 * Immutable. What a phase shows.
 *
 * @param served in the order in which they were sent
 * @param doneNanos when the last one was done
 * @param idealNanos when it would have been if both workers had always worked while there was work,
 *     each as fast as it was while it worked
 * @param repeatedCount requests that were handed out again after they were served
 */
record PhaseFigures(
    String title,
    List<Served> served,
    Sharing sharing,
    List<WorkerFigures> workers,
    long doneNanos,
    long idealNanos,
    int repeatedCount) {

  static PhaseFigures of(String title, List<Served> served, int repeatedCount) {
    long doneNanos = served.stream().mapToLong(Served::doneNanos).max().orElse(0);
    List<Span> waiting = Span.union(served.stream().map(Served::waiting).toList());
    List<WorkerFigures> workers = new ArrayList<>();
    for (WorkerKind kind : WorkerKind.values()) {
      workers.add(WorkerFigures.of(kind, served, waiting, doneNanos));
    }
    List<Arrival> sent =
        served.stream()
            .map(each ->
                new Arrival(each.request().caller(), each.sentNanos(), each.request().cost()))
            .toList();
    double capacity = workers.stream().mapToDouble(WorkerFigures::tokensPerSecond).sum();
    return new PhaseFigures(
        title,
        served,
        Sharing.of(served),
        workers,
        doneNanos,
        Statistics.idealNanos(sent, capacity),
        repeatedCount);
  }

  Waits waitsOf(Caller caller) {
    return Waits.of(caller, served);
  }

  long tokens() {
    return workers.stream().mapToLong(WorkerFigures::tokens).sum();
  }

  double tokensPerSecond() {
    return tokens() * 1e9 / doneNanos;
  }

  /** What both workers can do together, as fast as they were while they worked. */
  double capacity() {
    return workers.stream().mapToDouble(WorkerFigures::tokensPerSecond).sum();
  }

  /** How much later than ideal it was done, as a part of the ideal. */
  double behindIdeal() {
    return (double) doneNanos / idealNanos - 1;
  }

  /** Immutable. How long a caller's requests waited. */
  record Waits(int count, long tokens, long p50Nanos, long p99Nanos, long maxNanos) {
    static Waits of(Caller caller, List<Served> served) {
      List<Served> own = served.stream().filter(each -> each.request().caller() == caller).toList();
      List<Long> waits = own.stream().map(Served::waitNanos).toList();
      return new Waits(
          own.size(),
          own.stream().mapToLong(each -> each.request().cost()).sum(),
          Statistics.percentile(waits, 0.5),
          Statistics.percentile(waits, 0.99),
          Statistics.percentile(waits, 1));
    }
  }

  /**
   * Immutable. What a worker did.
   *
   * @param busyNanos its model worked
   * @param idleNanos it did not although a request waited somewhere
   */
  record WorkerFigures(WorkerKind kind, int count, long tokens, long busyNanos, long idleNanos) {
    static WorkerFigures of(
        WorkerKind kind, List<Served> served, List<Span> waiting, long doneNanos) {
      List<Served> own = served.stream().filter(each -> each.worker() == kind).toList();
      List<Span> busy = Span.union(own.stream().map(Served::working).toList());
      List<Span> idle = new Span(0, doneNanos).without(busy);
      return new WorkerFigures(
          kind,
          own.size(),
          own.stream().mapToLong(each -> each.request().cost()).sum(),
          Span.total(busy),
          Span.total(Span.both(idle, waiting)));
    }

    /** While it worked. */
    double tokensPerSecond() {
      return busyNanos == 0 ? 0 : tokens * 1e9 / busyNanos;
    }
  }
}
