/** What every demo stands on: a server of its own, a screen, a clean-up. */
@NullMarked
package io.rivulet.server.demo.stage;

import org.jspecify.annotations.NullMarked;
