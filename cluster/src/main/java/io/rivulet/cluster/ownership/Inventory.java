package io.rivulet.cluster.ownership;

import java.util.List;
import java.util.Set;

/**
 * Immutable. What a plan is made for.
 *
 * @param members nodes that are there and own shards, or could
 * @param holders who has claimed each shard, if that one is there; {@link Plan#NOBODY}: it is free
 * @param loads what each shard has to do, see {@link ShardHost#load}
 * @param arriving shards that were let go for another node and are not served by it yet
 * @param nowMillis wall clock
 */
record Inventory(
    List<Member> members, List<String> holders, List<Long> loads, int arriving, long nowMillis) {

  /**
   * Immutable. A node.
   *
   * @param isEligible whether it may be given shards; if not, those that it has go elsewhere
   * @param unfit shards that it could not open lately
   */
  record Member(String name, int capacity, boolean isEligible, Set<Integer> unfit) {}

  Inventory {
    members = List.copyOf(members);
    holders = List.copyOf(holders);
    loads = List.copyOf(loads);
  }

  int shards() {
    return holders.size();
  }
}
