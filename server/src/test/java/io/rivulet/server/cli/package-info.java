/** Tests of io.rivulet.server.cli. */
@NullMarked
package io.rivulet.server.cli;

import org.jspecify.annotations.NullMarked;
