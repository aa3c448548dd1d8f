package io.rivulet.cluster.ownership;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Owned by the ownership thread. What owners have told of their shards last, also of those that
 * have another owner since or none. Each node notes it, whether it plans or not: who begins to plan
 * has it, and who takes a shard goes on from it.
 */
final class KnownLoads {
  private final List<Seat> seats;
  private final Map<Integer, Long> last = new HashMap<>();

  KnownLoads(List<Seat> seats) {
    this.seats = seats;
  }

  /** Takes note of what is told now. */
  void look(Situation now) {
    for (Seat seat : seats) {
      OwnerClaim claim = seat.claim();
      NodeRecord owner =
          claim == null || !now.isAlive(claim) ? null : now.nodes().get(claim.node());
      Long told = owner == null ? null : owner.loads().get(seat.shard());
      if (told != null) {
        last.put(seat.shard(), told);
      }
    }
  }

  OptionalLong of(int shard) {
    Long told = last.get(shard);
    return told == null ? OptionalLong.empty() : OptionalLong.of(told);
  }

  /** Of each shard; one that nobody has told of yet counts as one like the others. */
  List<Long> all() {
    long mean = Math.round(last.values().stream().mapToLong(Long::longValue).average().orElse(0));
    return seats.stream().map(seat -> last.getOrDefault(seat.shard(), mean)).toList();
  }
}
