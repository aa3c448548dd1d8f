/** Tests of the metrics. */
@NullMarked
package io.rivulet.server.telemetry;

import org.jspecify.annotations.NullMarked;
