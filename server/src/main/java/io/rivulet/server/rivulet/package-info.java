/** The rivulet.v1 services: maps their calls to the engine without blocking. */
@NullMarked
package io.rivulet.server.rivulet;

import org.jspecify.annotations.NullMarked;
