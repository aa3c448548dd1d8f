package io.rivulet.engine.shard;

import it.unimi.dsi.fastutil.objects.Object2LongMap;
import it.unimi.dsi.fastutil.objects.Object2LongOpenHashMap;
import java.util.HashSet;
import java.util.Set;
import java.util.function.ObjLongConsumer;

/**
 * Owned by the shard thread. How many messages of a topic a group has not acknowledged, by fairness
 * key: as many entries as there are keys with something left.
 */
final class Tally {
  /** Shorter, a rate would be that of a single batch. */
  private static final long SAMPLE_MILLIS = 1000;

  private final Object2LongOpenHashMap<String> byKey = new Object2LongOpenHashMap<>();

  /** Keys whose rows are not up to date. */
  private final Set<String> changed = new HashSet<>();

  private long total;
  private long served;
  private long sampledMillis;
  private long sampledServed;
  private double perSecond = -1;

  void add(String key, long change) {
    total += change;
    served += Math.max(0, -change);
    changed.add(key);
    long now = byKey.addTo(key, change) + change;
    if (now == 0) {
      byKey.removeLong(key);
    }
    // No more than an assertion: a wrong count must not keep a server from starting.
    assert now >= 0 && total >= 0 : "a backlog of %d, %d of '%s'".formatted(total, now, key);
  }

  /** It was so before the start. */
  void loaded(String key, long count) {
    total += count;
    byKey.addTo(key, count);
  }

  long total() {
    return total;
  }

  long of(String key) {
    return byKey.getLong(key);
  }

  /** Keys with something left. */
  int keys() {
    return byKey.size();
  }

  /** By how much it went down since the start, all steps added up. */
  long served() {
    return served;
  }

  /** By how much it goes down in a second these days; below 0: not known yet. */
  double perSecond(long nowMillis) {
    long millis = nowMillis - sampledMillis;
    if (sampledMillis == 0 || millis >= SAMPLE_MILLIS) {
      double now = (served - sampledServed) * 1000.0 / Math.max(1, millis);
      if (sampledMillis != 0) {
        perSecond = perSecond < 0 ? now : (perSecond + now) / 2;
      }
      sampledMillis = nowMillis;
      sampledServed = served;
    }
    return perSecond;
  }

  void forEach(ObjLongConsumer<String> visitor) {
    for (Object2LongMap.Entry<String> each : byKey.object2LongEntrySet()) {
      visitor.accept(each.getKey(), each.getLongValue());
    }
  }

  /** Visits what differs from the rows, 0 for what is no more; from then on they are the same. */
  void takeChanges(ObjLongConsumer<String> visitor) {
    changed.forEach(key -> visitor.accept(key, byKey.getLong(key)));
    changed.clear();
  }

  /** Visits every key of which there may be a row. */
  void forgetAll(ObjLongConsumer<String> visitor) {
    changed.addAll(byKey.keySet());
    byKey.clear();
    total = 0;
    takeChanges(visitor);
  }
}
