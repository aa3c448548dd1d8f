/** What the server proves its name with. */
@NullMarked
package io.rivulet.server.security;

import org.jspecify.annotations.NullMarked;
