/** Tests of the readers over HTTP. */
@NullMarked
package io.rivulet.bench.readers;

import org.jspecify.annotations.NullMarked;
