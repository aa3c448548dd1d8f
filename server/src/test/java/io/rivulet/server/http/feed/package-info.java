/** Tests of readers of events. */
@NullMarked
package io.rivulet.server.http.feed;

import org.jspecify.annotations.NullMarked;
