/** Lite topics: subscription changes, where a reader starts, TTL. */
@NullMarked
package io.rivulet.engine.lite;

import org.jspecify.annotations.NullMarked;
