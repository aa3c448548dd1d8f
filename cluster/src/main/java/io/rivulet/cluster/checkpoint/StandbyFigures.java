package io.rivulet.cluster.checkpoint;

/**
 * Immutable. The checkpoints that a node has at hand for shards that it does not own, for metrics.
 *
 * @param shards that are followed
 * @param upToDate of these, those of which the newest checkpoint is at hand
 * @param behindMillis for how long the newest checkpoint of one of them has not been at hand, at
 *     most
 * @param files that are at hand
 * @param bytes of these
 * @param fetched checkpoints since the start
 * @param fetchedBytes out of ledgers since then
 * @param linkedBytes of files that need not be fetched since then
 * @param failures to fetch one since then; each is tried again
 * @param damaged checkpoints that were found since then
 */
public record StandbyFigures(
    int shards,
    int upToDate,
    long behindMillis,
    long files,
    long bytes,
    long fetched,
    long fetchedBytes,
    long linkedBytes,
    long failures,
    long damaged) {}
