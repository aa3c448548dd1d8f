/** Messages and their form in the commit log. */
@NullMarked
package io.rivulet.engine.message;

import org.jspecify.annotations.NullMarked;
