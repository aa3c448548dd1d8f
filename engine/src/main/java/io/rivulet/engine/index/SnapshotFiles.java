package io.rivulet.engine.index;

import java.nio.file.Path;

/**
 * Immutable. A whole snapshot of an index, as files that do not change.
 *
 * @param position of the log, that the snapshot reflects
 * @param folder has the files and nothing else
 */
public record SnapshotFiles(long position, Path folder) {}
