package io.rivulet.server.demo.gateway;

/**
 * Immutable. What became of a request; times in nanoseconds after the phase began.
 *
 * @param worker that served it
 */
record Served(Arrival request, long sentNanos, long begunNanos, long doneNanos, WorkerKind worker) {
  /** How long it waited for a worker to begin with it. */
  long waitNanos() {
    return begunNanos - sentNanos;
  }

  Span waiting() {
    return new Span(sentNanos, begunNanos);
  }

  Span working() {
    return new Span(begunNanos, doneNanos);
  }
}
