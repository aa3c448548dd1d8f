/** Lite topics as plain server-sent events, for a browser's EventSource and for curl. */
@NullMarked
package io.rivulet.server.http.events;

import org.jspecify.annotations.NullMarked;
