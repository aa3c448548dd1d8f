/** Tests that need Node. */
@NullMarked
package io.rivulet.testkit.node;

import org.jspecify.annotations.NullMarked;
