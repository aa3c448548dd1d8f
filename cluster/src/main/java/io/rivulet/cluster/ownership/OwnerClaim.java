package io.rivulet.cluster.ownership;

/**
 * Immutable. What the claim of a shard says, as JSON: who holds it, and once that one answers, in
 * which epoch.
 *
 * @param epoch 0 while the shard is being opened
 */
record OwnerClaim(String node, String incarnation, long epoch) {
  boolean serves() {
    return epoch > 0;
  }

  boolean isOf(String name, String itsIncarnation) {
    return node.equals(name) && incarnation.equals(itsIncarnation);
  }
}
