/**
 * Servers that keep sessions and show them over HTTP, each started and ended by the case that
 * measures it, and how each is written to.
 */
@NullMarked
package io.rivulet.bench.sessions;

import org.jspecify.annotations.NullMarked;
