/** Very many readers of sessions over HTTP in one process, as browsers' EventSource reads. */
@NullMarked
package io.rivulet.bench.readers;

import org.jspecify.annotations.NullMarked;
