/** Tests of the HTTP port. */
@NullMarked
package io.rivulet.server.http;

import org.jspecify.annotations.NullMarked;
