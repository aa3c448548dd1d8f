/** Time as a parameter: the only place that may know the machine's clock. */
@NullMarked
package io.rivulet.engine.time;

import org.jspecify.annotations.NullMarked;
