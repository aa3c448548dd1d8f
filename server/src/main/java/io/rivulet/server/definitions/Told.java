package io.rivulet.server.definitions;

import io.rivulet.engine.group.GroupDefinition;
import io.rivulet.engine.group.StartFrom;
import io.rivulet.engine.group.SubscriptionModel;
import io.rivulet.engine.scheduling.Fairness;
import io.rivulet.engine.scheduling.Limits;
import io.rivulet.engine.scheduling.PriorityRule;
import io.rivulet.engine.scheduling.Rate;
import io.rivulet.engine.scheduling.Scheduling;
import io.rivulet.engine.topic.TopicDefinition;
import io.rivulet.engine.topic.TopicType;
import io.rivulet.server.config.DurationText;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Immutable. Definitions told in words: said again ({@link Said}), they change nothing. */
public final class Told {
  private Told() {}

  /** A topic in words; what is as usual is left out. */
  public static Map<String, Object> of(TopicDefinition topic) {
    Map<String, Object> words = new LinkedHashMap<>();
    words.put("type", topic.type().name());
    topic.liteTtl().ifPresent(ttl -> words.put("lite-ttl", DurationText.print(ttl)));
    if (topic.type() == TopicType.LITE) {
      words.put("reclaim-unsubscribed", topic.reclaimsUnsubscribed());
    }
    topic.attributes().contentType().ifPresent(type -> words.put("content-type", type));
    topic.attributes().corsOrigins().ifPresent(origins -> words.put("cors-origins", origins));
    putIfSet(words, "max-backlog", topic.backpressure().maxBacklog());
    putIfSet(words, "max-key-backlog", topic.backpressure().maxKeyBacklog());
    topic.backpressure().maxAge().ifPresent(age -> words.put("max-age", DurationText.print(age)));
    if (topic.backpressure().hold().isPositive()) {
      words.put("hold", DurationText.print(topic.backpressure().hold()));
    }
    return words;
  }

  /** A group in words; limits that it does not have are left out. */
  public static Map<String, Object> of(GroupDefinition group) {
    Map<String, Object> words = new LinkedHashMap<>();
    group.boundTopic().ifPresent(topic -> words.put("lite-of", topic));
    group.litePrefix().ifPresent(prefix -> words.put("prefix", prefix));
    if (group.boundTopic().isPresent()) {
      words.put("exclusive", group.model() == SubscriptionModel.EXCLUSIVE);
      words.put("lite-quota", group.liteSubscriptionQuota());
    }
    words.put(
        "start",
        switch (group.start()) {
          case StartFrom.First _ -> "first";
          case StartFrom.Last _ -> "last";
          case StartFrom.At(var time) -> time.toString();
        });
    words.put("max-attempts", group.maxAttempts());
    words.put("backoff", group.backoff().steps().stream().map(DurationText::print).toList());
    put(words, group.scheduling());
    return words;
  }

  private static void put(Map<String, Object> words, Scheduling scheduling) {
    put(words, "", scheduling.limits());
    putIfSet(words, "client-concurrency", scheduling.clientConcurrency());
    if (scheduling.fairness().isPresent()) {
      Fairness fairness = scheduling.fairness().get();
      words.put("fairness", fairness.property());
      if (!fairness.weights().isEmpty()) {
        words.put("weights", new TreeMap<>(fairness.weights()));
      }
      put(words, "key-", fairness.perKey());
    }
    switch (scheduling.priorities()) {
      case PriorityRule.Strict _ -> words.put("priorities", "strict");
      case PriorityRule.Weighted(var weights) -> {
        words.put("priorities", "weighted");
        if (!weights.isEmpty()) {
          words.put("priority-weights", new TreeMap<>(weights));
        }
      }
      case PriorityRule.Aging(var step) -> {
        words.put("priorities", "aging");
        words.put("aging", DurationText.print(step));
      }
    }
    words.put("adaptive", scheduling.isAdaptive());
  }

  private static void put(Map<String, Object> words, String prefix, Limits limits) {
    limits.messages().ifPresent(rate -> put(words, prefix, rate));
    limits.cost().ifPresent(rate -> put(words, prefix + "cost-", rate));
    putIfSet(words, prefix + "concurrency", limits.concurrency());
  }

  /** A burst that nobody chose is not told: it shall follow the rate when that is changed. */
  private static void put(Map<String, Object> words, String prefix, Rate rate) {
    words.put(prefix + "rate", RateText.print(rate.perSecond()));
    if (!rate.equals(Rate.of(rate.perSecond()))) {
      words.put(prefix + "burst", rate.burst());
    }
  }

  private static void putIfSet(Map<String, Object> words, String word, long value) {
    if (value > 0) {
      words.put(word, value);
    }
  }
}
