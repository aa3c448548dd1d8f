/** The commit log as a port: what the engine needs of a durable, ordered record of everything. */
@NullMarked
package io.rivulet.engine.log;

import org.jspecify.annotations.NullMarked;
