/** Files that survive the loss of power. */
@NullMarked
package io.rivulet.server.disk;

import org.jspecify.annotations.NullMarked;
