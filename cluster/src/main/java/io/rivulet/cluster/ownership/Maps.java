package io.rivulet.cluster.ownership;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Owned by the ownership thread. Draws the map that the router goes by. */
final class Maps {
  private final List<Seat> seats;

  Maps(List<Seat> seats) {
    this.seats = seats;
  }

  ShardMap draw(Situation now, Set<String> drained) {
    List<ShardMap.Place> places = new ArrayList<>();
    for (Seat seat : seats) {
      Plan.Place planned = now.place(seat.shard());
      places.add(new ShardMap.Place(owner(now, seat), planned.owner(), planned.standby()));
    }
    Map<String, ShardMap.Node> nodes = new HashMap<>();
    now.nodes()
        .forEach((name, each) -> {
          if (now.isAlive(name)) {
            nodes.put(
                name,
                new ShardMap.Node(
                    each.info(), each.incarnation(), drained.contains(name), each.isLeaving()));
          }
        });
    return new ShardMap(places, nodes);
  }

  /** What is served here is known better than from the store. */
  private static Optional<ShardMap.Owner> owner(Situation now, Seat seat) {
    OptionalLong here = seat.serving();
    if (here.isPresent()) {
      return Optional.of(new ShardMap.Owner(now.me(), here.getAsLong()));
    }
    OwnerClaim claim = seat.claim();
    return claim != null && claim.serves() && !claim.node().equals(now.me()) && now.isAlive(claim)
        ? Optional.of(new ShardMap.Owner(claim.node(), claim.epoch()))
        : Optional.empty();
  }
}
