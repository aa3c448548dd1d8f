/** Tokens for browsers and back ends: what they allow, how they are signed and checked. */
@NullMarked
package io.rivulet.server.token;

import org.jspecify.annotations.NullMarked;
