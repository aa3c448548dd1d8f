/** Thin Java client of the rivulet.v1 service. */
@NullMarked
package io.rivulet.client;

import org.jspecify.annotations.NullMarked;
