package io.rivulet.server.telemetry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.rivulet.engine.group.GroupStats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;

/**
 * Safe for all threads: a lock; what is read is volatile. The metrics of single groups, which come
 * and go with what the engine tells apart: as many of each as it does, and one for all others.
 */
final class GroupMetrics {
  /** Immutable. One metric of each group. */
  private record Reading(
      String name, String gate, boolean isCounter, String help, ToLongFunction<GroupStats> of) {}

  private static final String HELD = "Whether a gate holds the group back now.";

  private static final List<Reading> READINGS =
      List.of(
          new Reading(
              "rivulet.group.waiting",
              "",
              false,
              "Messages that wait for the group.",
              GroupStats::waiting),
          new Reading(
              "rivulet.group.leased",
              "",
              false,
              "Messages handed to the group and not acknowledged.",
              GroupStats::leased),
          new Reading(
              "rivulet.group.served",
              "",
              true,
              "Messages handed to the group, redeliveries included.",
              GroupStats::served),
          new Reading(
              "rivulet.group.served.cost", "", true, "Cost of these.", GroupStats::servedCost),
          new Reading(
              "rivulet.group.keys.closed",
              "",
              false,
              "Fairness keys of the group that a gate holds back now.",
              GroupStats::closedKeys),
          new Reading(
              "rivulet.group.held.back",
              "message-rate",
              false,
              HELD,
              stats -> stats.heldBack().messageRate()),
          new Reading(
              "rivulet.group.held.back",
              "cost-rate",
              false,
              HELD,
              stats -> stats.heldBack().costRate()),
          new Reading(
              "rivulet.group.held.back",
              "concurrency",
              false,
              HELD,
              stats -> stats.heldBack().concurrency()),
          new Reading(
              "rivulet.group.held.back",
              "clients",
              false,
              HELD,
              stats -> stats.heldBack().clients()));

  /** Safe for all threads: its stats are volatile, its meters are used under the lock. */
  private static final class Shown {
    private volatile GroupStats stats;
    private final List<Meter> meters = new ArrayList<>(READINGS.size());

    private Shown(GroupStats stats) {
      this.stats = stats;
    }
  }

  private final MeterRegistry registry;
  private final Lock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Map<String, Shown> shown = new HashMap<>();

  GroupMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** From now on these are shown, and no others. */
  void show(List<GroupStats> groups) {
    lock.lock();
    try {
      Set<String> gone = new HashSet<>(shown.keySet());
      for (GroupStats group : groups) {
        gone.remove(group.name());
        Shown known = shown.get(group.name());
        if (known == null) {
          shown.put(group.name(), register(group));
        } else {
          known.stats = group;
        }
      }
      for (String name : gone) {
        Shown left = shown.remove(name);
        if (left != null) {
          left.meters.forEach(registry::remove);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private Shown register(GroupStats group) {
    Shown added = new Shown(group);
    for (Reading reading : READINGS) {
      added.meters.add(register(reading, added, group.name()));
    }
    return added;
  }

  private Meter register(Reading reading, Shown group, String name) {
    Tags tags = Tags.of("group", name);
    Tags all = reading.gate.isEmpty() ? tags : tags.and("gate", reading.gate);
    return reading.isCounter
        ? FunctionCounter.builder(reading.name, group, each -> reading.of.applyAsLong(each.stats))
            .description(reading.help)
            .tags(all)
            .register(registry)
        : Gauge.builder(reading.name, group, each -> reading.of.applyAsLong(each.stats))
            .description(reading.help)
            .tags(all)
            .register(registry);
  }
}
