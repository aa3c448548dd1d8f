/** Metrics: what the server counts and measures, for Prometheus. */
@NullMarked
package io.rivulet.server.telemetry;

import org.jspecify.annotations.NullMarked;
