package io.rivulet.cluster.ownership;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Owned by the thread of the simulation. What owners of shards have acknowledged, and what must
 * hold of it.
 */
final class Truth {
  /** Immutable. One record as it was acknowledged, or read. */
  record Written(long position, String text) {}

  private static final class OfShard {
    final TreeMap<Long, Written> acknowledged = new TreeMap<>();
    final TreeSet<Long> epochs = new TreeSet<>();
  }

  private final Map<Integer, OfShard> shards = new TreeMap<>();
  private long acknowledgements;
  private long takeOvers;

  /** The first thing that must not be. Whoever catches what is thrown here hides nothing. */
  private @Nullable AssertionError violation;

  private AssertionError violated(String what) {
    return violated(new AssertionError(what));
  }

  /** Something that must not be was seen. */
  AssertionError violated(AssertionError what) {
    if (violation == null) {
      violation = what;
    }
    return what;
  }

  /** Fails if ever something was seen that must not be. */
  void check() {
    if (violation != null) {
      throw violation;
    }
  }

  private OfShard of(int shard) {
    return shards.computeIfAbsent(shard, _ -> new OfShard());
  }

  long acknowledgements() {
    return acknowledgements;
  }

  /** How many records of a shard were acknowledged. */
  long acknowledgements(int shard) {
    return of(shard).acknowledged.size();
  }

  long takeOvers() {
    return takeOvers;
  }

  /** An owner tells somebody that a record is safe. */
  void acknowledge(int shard, long offset, Written record) {
    Written before = of(shard).acknowledged.putIfAbsent(offset, record);
    if (before != null) {
      throw violated(
          "shard %d, offset %d: acknowledged was %s, and now %s"
              .formatted(shard, offset, before, record));
    }
    acknowledgements++;
  }

  /** A node has made itself the owner. It may hear of that later than a next owner. */
  void opened(int shard, long epoch, String node) {
    if (!of(shard).epochs.add(epoch)) {
      throw violated(
          "shard %d: %s opens it in epoch %d, as another one did".formatted(shard, node, epoch));
    }
    takeOvers++;
  }

  /**
   * An owner has read all that there is: the records have the offsets from 0 on, and among them is
   * each one that was acknowledged.
   */
  void read(int shard, long epoch, List<Written> records) {
    long position = -1;
    for (int offset = 0; offset < records.size(); offset++) {
      Written record = records.get(offset);
      if (record.position <= position || !record.text.startsWith(offset + " ")) {
        throw violated("shard %d: at offset %d there is %s".formatted(shard, offset, record));
      }
      position = record.position;
    }
    if (epoch != of(shard).epochs.last()) {
      // There is a next owner already, and what he acknowledged cannot be seen here.
      return;
    }
    List<String> missing = new ArrayList<>();
    of(shard)
        .acknowledged
        .forEach((offset, record) -> {
          if (offset >= records.size() || !records.get(offset.intValue()).equals(record)) {
            missing.add(
                "%s, there is %s"
                    .formatted(
                        record,
                        offset < records.size() ? records.get(offset.intValue()) : "nothing"));
          }
        });
    if (!missing.isEmpty()) {
      throw violated("shard %d: of what was acknowledged is missing: %s".formatted(shard, missing));
    }
  }
}
