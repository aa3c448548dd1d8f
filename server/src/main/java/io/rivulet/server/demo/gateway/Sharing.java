package io.rivulet.server.demo.gateway;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Immutable. Who got how much in the longest stretch of time in which every tenant had something
 * waiting: only then it says something about fairness.
 *
 * @param span that stretch; empty if there was none
 * @param tokens made for each tenant in it
 */
record Sharing(Span span, Map<Caller, Double> tokens) {
  static Sharing of(List<Served> served) {
    List<Span> allWait = List.of(new Span(0, Long.MAX_VALUE));
    Map<Caller, Double> tokens = new EnumMap<>(Caller.class);
    for (Caller caller : Caller.values()) {
      if (caller.isTenant()) {
        tokens.put(caller, 0.0);
        allWait = Span.both(allWait, Span.union(waitingOf(caller, served)));
      }
    }
    Span longest =
        allWait.stream().max(Comparator.comparingLong(Span::nanos)).orElse(new Span(0, 0));
    for (Served each : served) {
      if (each.request().caller().isTenant()) {
        tokens.merge(each.request().caller(), tokensWithin(longest, each), Double::sum);
      }
    }
    return new Sharing(longest, tokens);
  }

  private static List<Span> waitingOf(Caller caller, List<Served> served) {
    return served.stream()
        .filter(each -> each.request().caller() == caller)
        .map(Served::waiting)
        .toList();
  }

  /** Of a request on which a worker was busy in a part of the time, that part. */
  private static double tokensWithin(Span span, Served served) {
    long inside = served.working().overlap(span).nanos();
    return inside == 0 ? 0 : (double) served.request().cost() * inside / served.working().nanos();
  }

  double total() {
    return tokens.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** Of the shares, each divided by what the tenant is worth. */
  double jain() {
    List<Double> shares = new ArrayList<>();
    tokens.forEach((caller, each) -> shares.add(each / caller.weight()));
    return Statistics.jain(shares);
  }
}
