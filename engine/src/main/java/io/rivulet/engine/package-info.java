/** The engine: the rules of Rivulet, free of network, files and configuration. */
@NullMarked
package io.rivulet.engine;

import org.jspecify.annotations.NullMarked;
