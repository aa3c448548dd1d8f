/** The index in RocksDB, with the snapshots that it is rebuilt from. */
@NullMarked
package io.rivulet.storage.index;

import org.jspecify.annotations.NullMarked;
