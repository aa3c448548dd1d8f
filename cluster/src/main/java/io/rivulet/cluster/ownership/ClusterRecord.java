package io.rivulet.cluster.ownership;

/**
 * Immutable. What was settled when the cluster was made, as JSON; it never changes.
 *
 * @param id tells this cluster from all others
 * @param shards how many there are
 */
public record ClusterRecord(String id, int shards, long madeMillis) {}
