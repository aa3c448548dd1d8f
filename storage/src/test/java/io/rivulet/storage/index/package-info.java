/** Tests of the index in RocksDB. */
@NullMarked
package io.rivulet.storage.index;

import org.jspecify.annotations.NullMarked;
