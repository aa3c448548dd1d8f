/** The index as a port: ordered tables that cache the fold of the commit log. */
@NullMarked
package io.rivulet.engine.index;

import org.jspecify.annotations.NullMarked;
