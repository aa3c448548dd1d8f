/** Compatibility tests: the unmodified official clients against a started server. */
@NullMarked
package io.rivulet.bench.compatibility;

import org.jspecify.annotations.NullMarked;
