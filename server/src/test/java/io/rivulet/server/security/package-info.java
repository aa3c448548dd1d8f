/** Tests of the certificate. */
@NullMarked
package io.rivulet.server.security;

import org.jspecify.annotations.NullMarked;
