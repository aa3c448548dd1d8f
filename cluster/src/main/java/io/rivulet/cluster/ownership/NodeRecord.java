package io.rivulet.cluster.ownership;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Immutable. What a node's claim of its name says, as JSON.
 *
 * @param incarnation another one after each loss of the session: what was claimed under an earlier
 *     one is void
 * @param isLeaving whether it wants to be rid of its shards
 * @param loads what its shards have to do, by shard, see {@link ShardHost#load}
 * @param unfit shards that it could not open lately
 */
record NodeRecord(
    NodeInfo info,
    String incarnation,
    boolean isLeaving,
    Map<Integer, Long> loads,
    Set<Integer> unfit) {

  NodeRecord {
    loads = Collections.unmodifiableMap(new TreeMap<>(loads));
    unfit = Collections.unmodifiableSet(new TreeSet<>(unfit));
  }

  boolean computes() {
    return info.roles().contains(Role.COMPUTE);
  }
}
