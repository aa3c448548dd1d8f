/** Tests of the testkit's own log. */
@NullMarked
package io.rivulet.testkit.log;

import org.jspecify.annotations.NullMarked;
