/** The commit log in memory, and the contract suite that every commit log passes. */
@NullMarked
package io.rivulet.testkit.log;

import org.jspecify.annotations.NullMarked;
