/** What the process writes about itself. */
@NullMarked
package io.rivulet.server.logging;

import org.jspecify.annotations.NullMarked;
