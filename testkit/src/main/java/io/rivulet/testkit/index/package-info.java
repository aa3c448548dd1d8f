/** The index in memory, and the contract suite that every index passes. */
@NullMarked
package io.rivulet.testkit.index;

import org.jspecify.annotations.NullMarked;
