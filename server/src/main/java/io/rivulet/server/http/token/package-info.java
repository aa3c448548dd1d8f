/** Tokens on the HTTP port: who a request comes from. */
@NullMarked
package io.rivulet.server.http.token;

import org.jspecify.annotations.NullMarked;
