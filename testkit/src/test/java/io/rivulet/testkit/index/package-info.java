/** Tests of the testkit's own index. */
@NullMarked
package io.rivulet.testkit.index;

import org.jspecify.annotations.NullMarked;
