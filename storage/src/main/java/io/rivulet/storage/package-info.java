/** The file log and the RocksDB index. */
@NullMarked
package io.rivulet.storage;

import org.jspecify.annotations.NullMarked;
