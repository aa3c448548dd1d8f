/** Stories that show what Rivulet does: a server of their own, and the wire. */
@NullMarked
package io.rivulet.server.demo;

import org.jspecify.annotations.NullMarked;
