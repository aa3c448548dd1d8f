package io.rivulet.cluster.ownership;

import java.time.Duration;
import java.util.Set;

/**
 * Immutable. How shards are shared out.
 *
 * @param shards how many a new cluster gets, and an existing one must have; 0: what it has, and
 *     {@value #DEFAULT_SHARDS} if it is new
 * @param expectedNodes names of nodes that usually start together: once all are there, none is
 *     waited for
 */
public record OwnershipConfig(
    int shards, Set<String> expectedNodes, TakeOvers takeOvers, Balancing balancing) {
  public static final int DEFAULT_SHARDS = 32;
  public static final int MAX_SHARDS = 4096;

  /**
   * Immutable. How shards change hands.
   *
   * @param tick how often a node looks around without news
   * @param settle how long a node that has just come waits for others before it takes shards from
   *     those that are not there
   * @param patience how long a standby waits for an owner who is there and does not take its shard
   * @param closeTimeout how long letting go of a shard may take before its claim is given up anyway
   * @param atOnce shards that one node opens at the same time
   */
  public record TakeOvers(
      Duration tick, Duration settle, Duration patience, Duration closeTimeout, int atOnce) {
    public static final TakeOvers DEFAULT =
        new TakeOvers(
            Duration.ofMillis(200),
            Duration.ofSeconds(3),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            4);

    public TakeOvers {
      positive("tick", tick);
      positive("settle", settle);
      positive("patience", patience);
      positive("closeTimeout", closeTimeout);
      between("atOnce", atOnce, 1, 1024);
    }
  }

  /**
   * Immutable. How shards are spread.
   *
   * @param movesAtOnce shards that are on their way from a living owner to another one at the same
   *     time
   * @param moveTimeout after which a move is given up whose new owner does not get ready
   * @param residence how long a shard that was moved stays where it is, whatever its load
   * @param loadInterval how often a node looks what its shards have to do
   * @param loadMemory what a shard had to do so long ago still counts about a third
   */
  public record Balancing(
      int movesAtOnce,
      Duration moveTimeout,
      Duration residence,
      Duration loadInterval,
      Duration loadMemory) {
    public static final Balancing DEFAULT =
        new Balancing(
            1,
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5),
            Duration.ofMinutes(5));

    public Balancing {
      between("movesAtOnce", movesAtOnce, 1, 1024);
      positive("moveTimeout", moveTimeout);
      positive("residence", residence);
      positive("loadInterval", loadInterval);
      positive("loadMemory", loadMemory);
    }
  }

  public OwnershipConfig {
    between("shards", shards, 0, MAX_SHARDS);
    expectedNodes = Set.copyOf(expectedNodes);
  }

  public static OwnershipConfig defaults() {
    return new OwnershipConfig(0, Set.of(), TakeOvers.DEFAULT, Balancing.DEFAULT);
  }

  private static void positive(String what, Duration value) {
    if (value.isNegative() || value.isZero() || value.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "%s is %s, and must be above 0 and at most an hour".formatted(what, value));
    }
  }

  private static void between(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d, and must be between %d and %d".formatted(what, value, min, max));
    }
  }
}
