package io.rivulet.engine.shard;

import io.rivulet.engine.codec.Hash;

/**
 * Immutable. Which of how many shards this is: ids that a shard gives out leave {@code number} when
 * divided by {@code of}, so an id tells the shard that it belongs to.
 *
 * @param number from 0
 * @param of 1 to {@value #MAX}
 */
public record ShardNumber(int number, int of) {
  /** Ids must not run ahead of the log's end: see {@link Ids}. */
  public static final int MAX = 128;

  /** The shard of a process that has no other. */
  public static final ShardNumber ONLY = new ShardNumber(0, 1);

  public ShardNumber {
    if (of < 1 || of > MAX || number < 0 || number >= of) {
      throw new IllegalArgumentException(
          "shard %d of %d: there may be 1 to %d, counted from 0".formatted(number, of, MAX));
    }
  }

  /** Which of so many shards a lite topic is in, by its name. */
  public static int ofLite(String topic, String liteTopic, int shards) {
    return (int) Long.remainderUnsigned(Hash.mix(Hash.of(topic)) ^ Hash.of(liteTopic), shards);
  }

  /** Which of so many shards a topic is in that is not spread over all of them. */
  public static int ofTopic(String topic, int shards) {
    return (int) Long.remainderUnsigned(Hash.of(topic), shards);
  }

  /** Which of so many shards holds a subscription to streams, by its name. */
  public static int ofSubscription(String name, int shards) {
    return (int) Long.remainderUnsigned(Hash.of(name), shards);
  }

  /** Whether an id was given out by this shard. */
  boolean gave(long id) {
    return Math.floorMod(id, (long) of) == number;
  }

  /** Whether a lite topic is in this shard, if it exists. */
  boolean holds(String topic, String liteTopic) {
    return ofLite(topic, liteTopic, of) == number;
  }

  /** The smallest id of this shard that is not below {@code least}. */
  long idFrom(long least) {
    return least + Math.floorMod(number - least, (long) of);
  }
}
