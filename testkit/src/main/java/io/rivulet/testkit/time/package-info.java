/** Time that a test moves by hand. */
@NullMarked
package io.rivulet.testkit.time;

import org.jspecify.annotations.NullMarked;
