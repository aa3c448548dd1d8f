package io.rivulet.cluster.checkpoint;

/**
 * Immutable. The checkpoints of a shard as its owner sees them, for metrics.
 *
 * @param kept that count
 * @param position of the log that the newest reflects; 0: there is none
 * @param madeMillis when the newest was stored, by the wall clock; 0: there is none
 * @param files of the newest
 * @param fileBytes of these
 * @param ledgers that hold all that are kept
 * @param ledgerBytes of these, one copy of each
 * @param thinLedgers of the newest, those that fewer storage nodes hold than should, or may
 * @param isStoring whether one is being stored now
 * @param storedCheckpoints since this node owns the shard
 * @param storedBytes of files that were written since then
 * @param sharedBytes of files that were stored already when a checkpoint was, since then
 * @param storeMillis how long it took to store, added up since then
 * @param failures to store one since then
 * @param tooLarge of these, those that the bound on the size refused
 * @param damagedFiles that were stored already and found damaged since then
 */
public record CheckpointFigures(
    int kept,
    long position,
    long madeMillis,
    int files,
    long fileBytes,
    int ledgers,
    long ledgerBytes,
    int thinLedgers,
    boolean isStoring,
    long storedCheckpoints,
    long storedBytes,
    long sharedBytes,
    long storeMillis,
    long failures,
    long tooLarge,
    long damagedFiles) {}
