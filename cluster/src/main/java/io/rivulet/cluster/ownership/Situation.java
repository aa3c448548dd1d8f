package io.rivulet.cluster.ownership;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Immutable. What one turn knows: who is there, what is planned.
 *
 * @param me this node's name
 * @param incarnation this node's
 * @param nanos the time of the turn
 * @param nodes those that are registered, by name
 * @param gone incarnations of nodes whose process is said to have ended
 * @param formerIncarnations of this process, in sessions that it has lost
 * @param plan null: none was made yet, or it was not read
 * @param isSettled whether all that are to be expected have had time to come
 * @param isLeaving whether this node takes nothing any more
 */
record Situation(
    String me,
    String incarnation,
    Set<String> formerIncarnations,
    long nanos,
    Map<String, NodeRecord> nodes,
    Set<String> gone,
    @Nullable Plan plan,
    boolean isSettled,
    boolean isLeaving) {

  Plan.Place place(int shard) {
    return plan == null ? Plan.Place.NONE : plan.place(shard);
  }

  boolean isAlive(String node) {
    NodeRecord found = nodes.get(node);
    return found != null && !gone.contains(found.incarnation());
  }

  /** Whether who has claimed something is there, and in the same life. */
  boolean isAlive(OwnerClaim claim) {
    NodeRecord found = nodes.get(claim.node());
    return found != null
        && found.incarnation().equals(claim.incarnation())
        && !gone.contains(claim.incarnation());
  }

  boolean isSaidToBeGone(OwnerClaim claim) {
    return gone.contains(claim.incarnation());
  }

  boolean isMine(OwnerClaim claim) {
    return claim.isOf(me, incarnation);
  }

  /**
   * Whether this process has claimed something in an earlier life. It may be so in the session that
   * it has now: what is claimed before this node hears that its session was lost, and arrives when
   * there is another one, is in that.
   */
  boolean wasMine(OwnerClaim claim) {
    return claim.node().equals(me) && formerIncarnations.contains(claim.incarnation());
  }

  /**
   * Whether this node is the one to take a shard that nobody holds.
   *
   * @param isOwnerLate whether the planned owner, if he is there, has had his time to take it
   */
  boolean isSuccessor(int shard, boolean isOwnerLate) {
    Plan.Place place = place(shard);
    if (isLeaving) {
      return false;
    }
    if (place.owner().equals(me)) {
      return true;
    }
    return place.standby().equals(me) && (isAlive(place.owner()) ? isOwnerLate : isSettled);
  }
}
