/** Tests of the testkit's own time. */
@NullMarked
package io.rivulet.testkit.time;

import org.jspecify.annotations.NullMarked;
