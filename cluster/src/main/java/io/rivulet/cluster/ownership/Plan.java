package io.rivulet.cluster.ownership;

import java.util.List;

/**
 * Immutable. Which node is to own which shard, as JSON. One node makes it, by compare-and-set; the
 * others follow it, each for itself.
 *
 * @param places by shard
 */
record Plan(List<Place> places) {

  /** Where nobody is named. */
  static final String NOBODY = "";

  /**
   * Immutable. Who is to own one shard.
   *
   * @param owner who takes it; {@link #NOBODY}: there was no node
   * @param standby who keeps its files at hand, and takes it if the owner is gone; {@link #NOBODY}:
   *     there is no other node
   * @param movedMillis when it was given to this owner instead of another one; 0: never moved
   */
  record Place(String owner, String standby, long movedMillis) {
    static final Place NONE = new Place(NOBODY, NOBODY, 0);

    Place withOwner(String newOwner, String newStandby, long nowMillis) {
      return new Place(newOwner, newStandby, owner.equals(NOBODY) ? 0 : nowMillis);
    }

    Place withStandby(String newStandby) {
      return new Place(owner, newStandby, movedMillis);
    }
  }

  Plan {
    places = List.copyOf(places);
  }

  Place place(int shard) {
    return shard < places.size() ? places.get(shard) : Place.NONE;
  }
}
