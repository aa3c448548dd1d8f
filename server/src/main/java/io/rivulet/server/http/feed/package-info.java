/** Readers of events: what comes at the end of a session is read and written out once for all. */
@NullMarked
package io.rivulet.server.http.feed;

import org.jspecify.annotations.NullMarked;
