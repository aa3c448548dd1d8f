package io.rivulet.engine.shard;

import io.rivulet.engine.codec.ByteReader;
import io.rivulet.engine.codec.ByteWriter;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Immutable. The form of a group's scheduling in records and rows. */
final class Schedulings {
  private static final int STRICT = 0;
  private static final int WEIGHTED = 1;
  private static final int AGING = 2;

  private Schedulings() {}

  static void write(ByteWriter out, Scheduling scheduling) {
    write(out, scheduling.limits());
    out.putVarInt(scheduling.clientConcurrency()).putBoolean(scheduling.isAdaptive());
    switch (scheduling.priorities()) {
      case PriorityRule.Strict _ -> out.putByte(STRICT);
      case PriorityRule.Weighted(Map<Integer, Integer> weights) -> {
        out.putByte(WEIGHTED).putVarInt(weights.size());
        new TreeMap<>(weights)
            .forEach((priority, weight) -> out.putVarInt(priority).putVarInt(weight));
      }
      case PriorityRule.Aging(Duration step) -> out.putByte(AGING).putVarLong(step.toMillis());
    }
    Fairness fairness = scheduling.fairness().orElse(null);
    out.putBoolean(fairness != null);
    if (fairness != null) {
      out.putString(fairness.property());
      write(out, fairness.perKey());
      out.putVarInt(fairness.weights().size());
      new TreeMap<>(fairness.weights())
          .forEach((key, weight) -> out.putString(key).putVarInt(weight));
    }
  }

  private static void write(ByteWriter out, Limits limits) {
    write(out, limits.messages().orElse(null));
    write(out, limits.cost().orElse(null));
    out.putVarInt(limits.concurrency());
  }

  private static void write(ByteWriter out, @Nullable Rate rate) {
    out.putBoolean(rate != null);
    if (rate != null) {
      out.putLong(Double.doubleToLongBits(rate.perSecond())).putVarLong(rate.burst());
    }
  }

  static Scheduling read(ByteReader in) {
    Limits limits = readLimits(in);
    int clientConcurrency = in.getVarInt();
    boolean isAdaptive = in.getBoolean();
    PriorityRule priorities =
        switch (in.getByte()) {
          case STRICT -> new PriorityRule.Strict();
          case WEIGHTED -> new PriorityRule.Weighted(readWeights(in));
          default -> new PriorityRule.Aging(Duration.ofMillis(in.getVarLong()));
        };
    Optional<Fairness> fairness =
        in.getBoolean() ? Optional.of(readFairness(in)) : Optional.empty();
    return new Scheduling(limits, clientConcurrency, priorities, fairness, isAdaptive);
  }

  private static Map<Integer, Integer> readWeights(ByteReader in) {
    int count = in.getCount(2);
    Map<Integer, Integer> weights = new HashMap<>();
    for (int i = 0; i < count; i++) {
      weights.put(in.getVarInt(), in.getVarInt());
    }
    return weights;
  }

  private static Fairness readFairness(ByteReader in) {
    String property = in.getString();
    Limits perKey = readLimits(in);
    int count = in.getCount(2);
    Map<String, Integer> weights = new HashMap<>();
    for (int i = 0; i < count; i++) {
      weights.put(in.getString(), in.getVarInt());
    }
    return new Fairness(property, weights, perKey);
  }

  private static Limits readLimits(ByteReader in) {
    return new Limits(readRate(in), readRate(in), in.getVarInt());
  }

  private static Optional<Rate> readRate(ByteReader in) {
    return in.getBoolean()
        ? Optional.of(new Rate(Double.longBitsToDouble(in.getLong()), in.getVarLong()))
        : Optional.empty();
  }
}
