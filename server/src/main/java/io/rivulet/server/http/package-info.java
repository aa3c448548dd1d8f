/** The HTTP port: health and metrics. */
@NullMarked
package io.rivulet.server.http;

import org.jspecify.annotations.NullMarked;
