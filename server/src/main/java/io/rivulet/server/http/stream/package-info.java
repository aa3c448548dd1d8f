/**
 * Durable Streams over HTTP (protocol 1.0): lite topics that browsers create, append to and read.
 */
@NullMarked
package io.rivulet.server.http.stream;

import org.jspecify.annotations.NullMarked;
