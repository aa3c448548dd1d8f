/** The commands that talk to a server: they know it by rivulet.v1 only. */
@NullMarked
package io.rivulet.server.cli;

import org.jspecify.annotations.NullMarked;
