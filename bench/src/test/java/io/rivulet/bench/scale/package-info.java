/** Many lite topics on a real server: that all is right, not how fast. */
@NullMarked
package io.rivulet.bench.scale;

import org.jspecify.annotations.NullMarked;
