package io.rivulet.server.definitions;

import com.google.protobuf.Duration;
import io.rivulet.api.v1.AgingPriorities;
import io.rivulet.api.v1.Fairness;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Limits;
import io.rivulet.api.v1.Rate;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.StrictPriorities;
import io.rivulet.api.v1.WeightedPriorities;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/** Immutable. What can be said of how a group is served; what is not said stays as it is. */
public final class SchedulingWords {
  public static final Vocabulary<GroupDefinition.Builder> VOCABULARY = new Vocabulary<>(words());

  private static final String COUNT = "1 to 2147483647, or none";
  private static final String BURST = "1 to 1125899906842624, or none for what comes in 100 ms";
  private static final String RATE = RateText.ALLOWED + ", or none";
  private static final long MAX_BURST = 1L << 50;

  /** A word about scheduling. */
  private interface Effect {
    void apply(Scheduling.Builder scheduling, String value);
  }

  private SchedulingWords() {}

  /** In an order in which each finds what it belongs to. */
  static List<Word<GroupDefinition.Builder>> words() {
    return List.of(
        word("rate", RATE, (to, value) -> rate(value, to.getLimitsBuilder(), Limit.MESSAGES)),
        word("burst", BURST, (to, value) -> burst(value, to.getLimitsBuilder(), Limit.MESSAGES)),
        word("cost-rate", RATE, (to, value) -> rate(value, to.getLimitsBuilder(), Limit.COST)),
        word("cost-burst", BURST, (to, value) -> burst(value, to.getLimitsBuilder(), Limit.COST)),
        word(
            "concurrency",
            COUNT,
            (to, value) -> to.getLimitsBuilder().setConcurrency(Values.count(value))),
        word(
            "client-concurrency",
            COUNT,
            (to, value) -> to.setClientConcurrency(Values.count(value))),
        word("fairness", "the name of a message property, or none", SchedulingWords::fairness),
        word(
            "weights",
            "KEY=WEIGHT,KEY=WEIGHT with weights of 1 to 1000000, or none",
            (to, value) -> {
              Map<String, Integer> weights = Values.weights(value);
              perKey(to, value, of -> of.clearWeights().putAllWeights(weights));
            }),
        word("key-rate", RATE, keyLimit(to -> value -> rate(value, to, Limit.MESSAGES))),
        word("key-burst", BURST, keyLimit(to -> value -> burst(value, to, Limit.MESSAGES))),
        word("key-cost-rate", RATE, keyLimit(to -> value -> rate(value, to, Limit.COST))),
        word("key-cost-burst", BURST, keyLimit(to -> value -> burst(value, to, Limit.COST))),
        word(
            "key-concurrency",
            COUNT,
            keyLimit(to -> value -> to.setConcurrency(Values.count(value)))),
        word(
            "priority-weights",
            "PRIORITY=WEIGHT,PRIORITY=WEIGHT with weights of 1 to 1000000, or none",
            SchedulingWords::priorityWeights),
        word("aging", Values.DURATION + ", or none", SchedulingWords::aging),
        word("priorities", "strict, weighted or aging", SchedulingWords::priorities),
        word("adaptive", "on or off", (to, value) -> to.setAdaptive(Values.flag(value))));
  }

  private static Word<GroupDefinition.Builder> word(String name, String allowed, Effect effect) {
    return new Word<>(
        name, allowed, (group, value) -> effect.apply(group.getSchedulingBuilder(), value));
  }

  // ---- limits

  /** Which of the rates. */
  private enum Limit {
    MESSAGES,
    COST
  }

  private static void rate(String value, Limits.Builder limits, Limit which) {
    if (Values.isNone(value)) {
      if (which == Limit.MESSAGES) {
        limits.clearMessages();
      } else {
        limits.clearCost();
      }
    } else {
      builder(limits, which).setPerSecond(RateText.parse(value));
    }
  }

  private static void burst(String value, Limits.Builder limits, Limit which) {
    boolean hasRate = which == Limit.MESSAGES ? limits.hasMessages() : limits.hasCost();
    long burst = Values.count(value, MAX_BURST);
    if (hasRate) {
      builder(limits, which).setBurst(burst);
    } else if (burst > 0) {
      throw new IllegalArgumentException("there is no rate that it could belong to");
    }
  }

  private static Rate.Builder builder(Limits.Builder limits, Limit which) {
    return which == Limit.MESSAGES ? limits.getMessagesBuilder() : limits.getCostBuilder();
  }

  // ---- fairness

  private static void fairness(Scheduling.Builder scheduling, String value) {
    if (Values.isNone(value)) {
      scheduling.clearFairness();
    } else {
      scheduling.getFairnessBuilder().setProperty(value);
    }
  }

  private static Effect keyLimit(Function<Limits.Builder, Consumer<String>> limit) {
    return (scheduling, value) ->
        perKey(scheduling, value, of -> limit.apply(of.getPerKeyBuilder()).accept(value));
  }

  /** Says something of each key; without keys there is nothing to take away. */
  private static void perKey(
      Scheduling.Builder scheduling, String value, Consumer<Fairness.Builder> effect) {
    if (!scheduling.hasFairness()) {
      if (Values.isNone(value)) {
        return;
      }
      scheduling
          .getFairnessBuilder()
          .setProperty(io.rivulet.engine.scheduling.Fairness.DEFAULT_PROPERTY);
    }
    effect.accept(scheduling.getFairnessBuilder());
  }

  // ---- priorities

  private static void priorities(Scheduling.Builder scheduling, String value) {
    switch (value.toLowerCase(Locale.ROOT)) {
      case "strict" -> scheduling.setStrict(StrictPriorities.getDefaultInstance());
      case "weighted" -> {
        if (!scheduling.hasWeighted()) {
          scheduling.setWeighted(WeightedPriorities.getDefaultInstance());
        }
      }
      case "aging" -> {
        if (!scheduling.hasAging()) {
          throw new IllegalArgumentException("how fast is missing: give 'aging' a time");
        }
      }
      default -> throw new IllegalArgumentException("not one of the words");
    }
  }

  private static void priorityWeights(Scheduling.Builder scheduling, String value) {
    Map<Integer, Integer> weights = Values.weightsByPriority(value);
    if (!weights.isEmpty() || scheduling.hasWeighted()) {
      scheduling.setWeighted(WeightedPriorities.newBuilder().putAllWeights(weights));
    }
  }

  private static void aging(Scheduling.Builder scheduling, String value) {
    if (!Values.isNone(value)) {
      Duration step = Values.duration(value);
      scheduling.setAging(AgingPriorities.newBuilder().setStep(step));
    } else if (scheduling.hasAging()) {
      scheduling.setStrict(StrictPriorities.getDefaultInstance());
    }
  }
}
