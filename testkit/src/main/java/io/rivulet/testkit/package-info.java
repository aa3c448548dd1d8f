/** Simulated clock, disk and network; contract suites of the ports. Never shipped. */
@NullMarked
package io.rivulet.testkit;

import org.jspecify.annotations.NullMarked;
