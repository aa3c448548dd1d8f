/** What a test needs of the machine that it runs on. */
@NullMarked
package io.rivulet.testkit.machine;

import org.jspecify.annotations.NullMarked;
