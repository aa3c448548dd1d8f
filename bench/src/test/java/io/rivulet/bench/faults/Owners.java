package io.rivulet.bench.faults;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Safe for all threads: keeps nothing. Who serves which shard, read off what the nodes print. */
final class Owners {
  private static final Pattern SERVED =
      Pattern.compile("Shard (\\d+) is served here now, epoch (\\d+)");

  private final ClusterNodes cluster;

  Owners(ClusterNodes cluster) {
    this.cluster = cluster;
  }

  private record Reign(String node, long epoch) {}

  /** The node that took each shard last. */
  Map<Integer, String> now() {
    Map<Integer, Reign> reigns = new TreeMap<>();
    for (String name : cluster.names()) {
      Matcher lines = SERVED.matcher(cluster.node(name).output());
      while (lines.find()) {
        reigns.merge(
            Integer.parseInt(lines.group(1)),
            new Reign(name, Long.parseLong(lines.group(2))),
            (one, other) -> one.epoch > other.epoch ? one : other);
      }
    }
    Map<Integer, String> owners = new TreeMap<>();
    reigns.forEach((shard, reign) -> owners.put(shard, reign.node));
    return owners;
  }

  long count(String name) {
    return now().values().stream().filter(name::equals).count();
  }

  /** Until a node has at least so many; the seconds it took. */
  double awaitCount(String name, long least, Duration patience) {
    long begin = System.nanoTime();
    while (count(name) < least) {
      if (System.nanoTime() - begin > patience.toNanos()) {
        throw new AssertionError(
            "%s has %d shards after %d s, not %d"
                .formatted(name, count(name), patience.toSeconds(), least));
      }
      Access.pause(Duration.ofMillis(100));
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  /** Until nothing has moved for so long. */
  void awaitQuiet(Duration time, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    long since = System.nanoTime();
    Map<Integer, String> before = now();
    while (System.nanoTime() - since < time.toNanos() && System.nanoTime() < end) {
      Access.pause(Duration.ofMillis(250));
      Map<Integer, String> after = now();
      if (!after.equals(before)) {
        since = System.nanoTime();
        before = after;
      }
    }
  }
}
