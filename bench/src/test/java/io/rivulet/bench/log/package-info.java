/** The file log beside the disk's own limit. */
@NullMarked
package io.rivulet.bench.log;

import org.jspecify.annotations.NullMarked;
