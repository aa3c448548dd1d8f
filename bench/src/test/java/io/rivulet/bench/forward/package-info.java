/** What calls between nodes cost. */
@NullMarked
package io.rivulet.bench.forward;

import org.jspecify.annotations.NullMarked;
