package io.rivulet.server.rivulet;

import io.rivulet.api.v1.AgingPriorities;
import io.rivulet.api.v1.StrictPriorities;
import io.rivulet.api.v1.WeightedPriorities;
import io.rivulet.engine.refusal.Outcome;
import io.rivulet.engine.scheduling.Backpressure;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Immutable. Scheduling and backpressure of the engine and of the wire.
 *
 * <p>What is out of range ends in an {@link IllegalArgumentException} with a sentence for the
 * caller, as the engine's own constructors have it.
 */
final class SchedulingMapping {
  private SchedulingMapping() {}

  // ---- to the engine

  static Scheduling toEngine(io.rivulet.api.v1.Scheduling scheduling) {
    return new Scheduling(
        limits("limits", scheduling.getLimits()),
        scheduling.getClientConcurrency(),
        priorities(scheduling),
        scheduling.hasFairness()
            ? Optional.of(fairness(scheduling.getFairness()))
            : Optional.empty(),
        scheduling.getAdaptive());
  }

  private static PriorityRule priorities(io.rivulet.api.v1.Scheduling scheduling) {
    return switch (scheduling.getPrioritiesCase()) {
      case STRICT, PRIORITIES_NOT_SET -> new PriorityRule.Strict();
      case WEIGHTED -> {
        Map<Integer, Integer> weights = scheduling.getWeighted().getWeightsMap();
        weights.keySet().stream()
            .filter(priority -> priority < 0)
            .findAny()
            .ifPresent(priority -> {
              throw new IllegalArgumentException("a priority is at least 0, not " + priority);
            });
        yield new PriorityRule.Weighted(weights);
      }
      case AGING -> new PriorityRule.Aging(duration("step", scheduling.getAging().getStep()));
    };
  }

  private static Fairness fairness(io.rivulet.api.v1.Fairness fairness) {
    return new Fairness(
        fairness.getProperty(), fairness.getWeightsMap(), limits("per_key", fairness.getPerKey()));
  }

  private static Limits limits(String field, io.rivulet.api.v1.Limits limits) {
    return new Limits(
        rate(field + ".messages", limits.hasMessages(), limits.getMessages()),
        rate(field + ".cost", limits.hasCost(), limits.getCost()),
        limits.getConcurrency());
  }

  private static Optional<Rate> rate(String field, boolean isPresent, io.rivulet.api.v1.Rate rate) {
    if (!isPresent) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          rate.getBurst() == 0
              ? Rate.of(rate.getPerSecond())
              : new Rate(rate.getPerSecond(), rate.getBurst()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": " + e.getMessage(), e);
    }
  }

  static Backpressure toEngine(io.rivulet.api.v1.Backpressure backpressure) {
    return new Backpressure(
        backpressure.getMaxBacklog(),
        backpressure.getMaxKeyBacklog(),
        backpressure.hasMaxAge()
            ? Optional.of(duration("max_age", backpressure.getMaxAge()))
            : Optional.empty(),
        duration("hold", backpressure.getHold()));
  }

  private static Duration duration(String field, com.google.protobuf.Duration wire) {
    return switch (Durations.read(field, wire)) {
      case Outcome.Ok<Duration>(Duration read) -> read;
      case Outcome.Refused<Duration>(var refusal) ->
          throw new IllegalArgumentException(refusal.message());
    };
  }

  // ---- to the wire

  static io.rivulet.api.v1.Scheduling toWire(Scheduling scheduling) {
    io.rivulet.api.v1.Scheduling.Builder builder =
        io.rivulet.api.v1.Scheduling.newBuilder()
            .setClientConcurrency(scheduling.clientConcurrency())
            .setAdaptive(scheduling.isAdaptive());
    if (!scheduling.limits().equals(Limits.NONE)) {
      builder.setLimits(toWire(scheduling.limits()));
    }
    switch (scheduling.priorities()) {
      case PriorityRule.Strict _ -> builder.setStrict(StrictPriorities.getDefaultInstance());
      case PriorityRule.Weighted(var weights) ->
          builder.setWeighted(WeightedPriorities.newBuilder().putAllWeights(weights));
      case PriorityRule.Aging(Duration step) ->
          builder.setAging(AgingPriorities.newBuilder().setStep(Durations.write(step)));
    }
    scheduling.fairness().ifPresent(fairness -> builder.setFairness(toWire(fairness)));
    return builder.build();
  }

  private static io.rivulet.api.v1.Fairness toWire(Fairness fairness) {
    io.rivulet.api.v1.Fairness.Builder builder =
        io.rivulet.api.v1.Fairness.newBuilder()
            .setProperty(fairness.property())
            .putAllWeights(fairness.weights());
    if (!fairness.perKey().equals(Limits.NONE)) {
      builder.setPerKey(toWire(fairness.perKey()));
    }
    return builder.build();
  }

  private static io.rivulet.api.v1.Limits toWire(Limits limits) {
    io.rivulet.api.v1.Limits.Builder builder =
        io.rivulet.api.v1.Limits.newBuilder().setConcurrency(limits.concurrency());
    limits.messages().ifPresent(rate -> builder.setMessages(toWire(rate)));
    limits.cost().ifPresent(rate -> builder.setCost(toWire(rate)));
    return builder.build();
  }

  /** A burst that nobody chose is not told: it shall follow the rate when that is changed. */
  private static io.rivulet.api.v1.Rate toWire(Rate rate) {
    boolean isUsual = rate.equals(Rate.of(rate.perSecond()));
    return io.rivulet.api.v1.Rate.newBuilder()
        .setPerSecond(rate.perSecond())
        .setBurst(isUsual ? 0 : rate.burst())
        .build();
  }

  static io.rivulet.api.v1.Backpressure toWire(Backpressure backpressure) {
    io.rivulet.api.v1.Backpressure.Builder builder =
        io.rivulet.api.v1.Backpressure.newBuilder()
            .setMaxBacklog(backpressure.maxBacklog())
            .setMaxKeyBacklog(backpressure.maxKeyBacklog());
    backpressure.maxAge().ifPresent(age -> builder.setMaxAge(Durations.write(age)));
    if (backpressure.hold().isPositive()) {
      builder.setHold(Durations.write(backpressure.hold()));
    }
    return builder.build();
  }
}
