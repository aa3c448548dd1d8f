package io.rivulet.server.cli;

import io.rivulet.api.v1.Backpressure;
import io.rivulet.api.v1.Fairness;
import io.rivulet.api.v1.GroupDefinition;
import io.rivulet.api.v1.Limits;
import io.rivulet.api.v1.Scheduling;
import io.rivulet.api.v1.TopicDefinition;
import io.rivulet.server.definitions.RateText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Immutable. How groups are served and when topics are full, for people: only what is set. */
final class SchedulingText {
  private SchedulingText() {}

  static List<String> lines(GroupDefinition group) {
    List<String> lines = new ArrayList<>();
    if (!group.hasScheduling()) {
      return lines;
    }
    Scheduling scheduling = group.getScheduling();
    List<String> limits = limits(scheduling.getLimits());
    if (!limits.isEmpty()) {
      lines.add("limits      " + String.join(", ", limits));
    }
    if (scheduling.getClientConcurrency() > 0) {
      lines.add("each client " + scheduling.getClientConcurrency() + " at once");
    }
    switch (scheduling.getPrioritiesCase()) {
      case WEIGHTED -> {
        Map<Integer, Integer> weights = scheduling.getWeighted().getWeightsMap();
        lines.add("priorities  weighted " + weights(new TreeMap<>(weights).descendingMap()));
      }
      case AGING ->
          lines.add("priorities  a level up every " + Times.text(scheduling.getAging().getStep()));
      case STRICT, PRIORITIES_NOT_SET -> {}
    }
    if (scheduling.hasFairness()) {
      lines.addAll(lines(scheduling.getFairness()));
    }
    if (scheduling.getAdaptive()) {
      lines.add("adaptive    to what each client can do");
    }
    return lines;
  }

  private static List<String> lines(Fairness fairness) {
    List<String> lines = new ArrayList<>();
    String weights = weights(new TreeMap<>(fairness.getWeightsMap()));
    lines.add(
        "fairness    by "
            + fairness.getProperty()
            + (weights.isEmpty() ? "" : ", weights " + weights));
    List<String> perKey = limits(fairness.getPerKey());
    if (!perKey.isEmpty()) {
      lines.add("each key    " + String.join(", ", perKey));
    }
    return lines;
  }

  private static List<String> limits(Limits limits) {
    List<String> parts = new ArrayList<>();
    if (limits.hasMessages()) {
      parts.add("messages " + RateText.print(limits.getMessages()));
    }
    if (limits.hasCost()) {
      parts.add("cost " + RateText.print(limits.getCost()));
    }
    if (limits.getConcurrency() > 0) {
      parts.add(limits.getConcurrency() + " at once");
    }
    return parts;
  }

  private static String weights(Map<?, Integer> weights) {
    return weights.entrySet().stream()
        .map(each -> each.getKey() + "=" + each.getValue())
        .collect(Collectors.joining(", "));
  }

  /** To be put behind what else is said of the topic. */
  static String backpressure(TopicDefinition topic) {
    Backpressure backpressure = topic.getBackpressure();
    StringBuilder text = new StringBuilder();
    if (backpressure.getMaxBacklog() > 0) {
      text.append("  max backlog ").append(backpressure.getMaxBacklog());
    }
    if (backpressure.getMaxKeyBacklog() > 0) {
      text.append("  max key backlog ").append(backpressure.getMaxKeyBacklog());
    }
    if (backpressure.hasMaxAge()) {
      text.append("  max age ").append(Times.text(backpressure.getMaxAge()));
    }
    if (backpressure.hasHold()) {
      text.append("  hold ").append(Times.text(backpressure.getHold()));
    }
    return text.toString();
  }
}
